import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { hasCode, messageOf } from '../faults/caught-error.ts';
import { EnvironmentError } from '../faults/errors.ts';
import { blocksToMib } from '../files/disk-space.ts';
import { type ParentRecord, type StoredParent, parentRecordSchema } from './parent-record.ts';

export const PARENT_RECORD = 'parent.json';

const SNAPSHOT_FILES = ['vmstate', 'memory.bin', 'snapshot.json'] as const;

/**
 * Every folder of a snapshot root that holds a snapshot; what is half-made has no tag for a name.
 *
 * @param options.isNamed whether somebody named this root, and it must be there; forkd makes its own with the first snapshot
 */
export async function listParents(
  snapshotRoot: string,
  { isNamed = false } = {},
): Promise<readonly StoredParent[]> {
  const entries = await readdir(snapshotRoot, { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT') && !isNamed) return [];
    throw new EnvironmentError(`the folder of snapshots cannot be read: ${messageOf(error)}`, {
      hint: "name the controller's with --snapshot-root",
      cause: error,
    });
  });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const found = await Promise.all(folders.map(async ({ name }) => readParent(snapshotRoot, name)));
  return found.filter((one) => one !== undefined).sort((one, other) => one.tag.localeCompare(other.tag));
}

async function readParent(snapshotRoot: string, tag: string): Promise<StoredParent | undefined> {
  const folder = join(snapshotRoot, tag);
  const files = await Promise.all(
    SNAPSHOT_FILES.map(async (name) => stat(join(folder, name)).catch(() => undefined)),
  );
  const [vmstate] = files;
  if (vmstate === undefined) return undefined;
  const blocks = files.reduce((total, file) => total + (file?.blocks ?? 0), 0);
  const record = await readRecord(join(folder, PARENT_RECORD));
  return {
    ...{ tag, folder },
    sizeMib: Math.round(blocksToMib(blocks)),
    madeAt: record?.madeAt ?? vmstate.mtime.toISOString(),
    ...(record !== undefined && { record }),
  };
}

async function readRecord(path: string): Promise<ParentRecord | undefined> {
  try {
    return parentRecordSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
