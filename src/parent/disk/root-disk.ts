import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

const sourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('debian'), suite: z.string(), mirror: z.string().exactOptional() }),
  z.object({ kind: z.literal('image'), image: z.string() }),
]);

/** The JSON beside a root disk; it is written last, so a disk without it is none. */
export const rootDiskSchema = z.object({
  version: z.literal(1),
  key: z.string(),
  file: z.string(),
  sizeMib: z.int(),
  madeAt: z.iso.datetime(),
  guestVersion: z.string(),
  inputs: z.object({
    source: sourceSchema,
    files: z.record(z.string(), z.string()),
    guestSources: z.string(),
  }),
  /** Python and its packages, as installed. */
  versions: z.record(z.string(), z.string()),
});
export type RootDisk = z.infer<typeof rootDiskSchema>;

/** Complete root disks of a folder, the newest first; what isn't ours or not whole is passed over. */
export async function listRootDisks(folder: string): Promise<readonly RootDisk[]> {
  const names = await readdir(folder).catch(() => []);
  const disks: RootDisk[] = [];
  for (const name of names.filter((one) => one.endsWith('.ext4.json'))) {
    const disk = await readRootDisk(join(folder, name));
    if (disk !== undefined) disks.push(disk);
  }
  return disks.sort((one, other) => other.madeAt.localeCompare(one.madeAt));
}

async function readRootDisk(path: string): Promise<RootDisk | undefined> {
  try {
    return rootDiskSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
