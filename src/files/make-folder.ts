import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { hasCode } from '../faults/caught-error.ts';
import { isAccessible } from '../process/is-accessible.ts';

/**
 * Makes a folder and those above it. Not by `mkdir`'s own recursion: where a file system refuses, as
 * /proc does, Node.js 24 tries for ever.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      await requireFolder(folder);
      return;
    }
    const parent = dirname(folder);
    if (!hasCode(error, 'ENOENT') || parent === folder || (await isAccessible(parent))) throw error;
    await makeFolder(parent);
    await makeFolder(folder);
  }
}

async function requireFolder(path: string): Promise<void> {
  const status = await stat(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) throw new Error(`${path} is a link to nowhere`, { cause: error });
    throw error;
  });
  if (!status.isDirectory()) throw new Error(`${path} is no folder`);
}
