import { lstatSync } from 'node:fs';
import { readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** The unit in which stat(2) counts what a file takes. */
const BYTES_PER_BLOCK = 512;
const BYTES_PER_MIB = 1024 * 1024;

export interface FolderUsage {
  readonly mib: number;
  /** How many files and folders there are. */
  readonly entries: number;
}

/** What a folder and all in it take on the disk; what vanishes meanwhile takes nothing. */
export async function folderUsage(folder: string): Promise<FolderUsage> {
  // Types are asked for because a listing without them follows links, which may lead out of the folder.
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let blocks = 0;
  for (const { parentPath, name } of entries) {
    // Not awaited one by one: an environment has thirty thousand files, a root disk fifty thousand.
    blocks += lstatSync(join(parentPath, name), { throwIfNoEntry: false })?.blocks ?? 0;
  }
  return { mib: blocksToMib(blocks), entries: entries.length };
}

/** Turns `blocks`, as stat(2) gives them, into MiB. */
export function blocksToMib(blocks: number): number {
  return (blocks * BYTES_PER_BLOCK) / BYTES_PER_MIB;
}

/** What others than root can still write to a folder's file system. */
export async function freeMib(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / BYTES_PER_MIB);
}
