import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf } from '../faults/caught-error.ts';
import { EnvironmentError } from '../faults/errors.ts';
import { temporaryFolder } from '../process/user-folders.ts';

/** The size of what hubs and controllers write first. A folder alone can still be made on a full disk. */
const PROBE_BYTES = 64 * 1024;
/** What is in a folder whose maker was killed while it made it. */
export const PROBE_FILE = 'probe';

/** A folder of one's own, in which something can be written. */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(temporaryFolder(), prefix));
    const probe = join(folder, PROBE_FILE);
    await writeFile(probe, Buffer.alloc(PROBE_BYTES));
    await rm(probe);
    return folder;
  } catch (cause) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    throw new EnvironmentError(
      `the temporary folder ${temporaryFolder()} cannot be used: ${messageOf(cause)}`,
      {
        hint: 'name one that you may write to, with export TMPDIR=/a/folder/of/yours',
        cause,
      },
    );
  }
}
