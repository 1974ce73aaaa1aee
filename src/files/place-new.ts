import { link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { hasCode } from '../faults/caught-error.ts';
import { isAccessible } from '../process/is-accessible.ts';

/** Gives a finished file its name, as a whole and never in another's place (EEXIST). */
export async function placeNew(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw error;
    // Not every file system has hard links.
    await renameNew(draft, path);
  }
}

/**
 * Renaming replaces what is there. So whoever is about to take a name claims it first, by a file that
 * one alone can make. A claim that a crash has left only makes the next one take another name.
 */
async function renameNew(draft: string, path: string): Promise<void> {
  const claim = join(dirname(path), `.claim-${basename(path)}`);
  const file = await open(claim, 'wx');
  try {
    await file.close();
    if (await isAccessible(path)) throw Object.assign(new Error(`${path} is there`), { code: 'EEXIST' });
    await rename(draft, path);
  } finally {
    await rm(claim, { force: true });
  }
}
