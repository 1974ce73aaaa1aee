import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { isAccessible } from '../process/is-accessible.ts';
import { makeFolder } from '../files/make-folder.ts';
import { tagExists } from './parent-faults.ts';
import type { ParentPlan } from './parent-plan.ts';

type Place = Pick<ParentPlan, 'tag' | 'snapshotRoot'>;

/** Where a tag's files are, and are said to be in `snapshot.json`. */
export function snapshotFolder({ tag, snapshotRoot }: Place): string {
  return join(snapshotRoot, tag);
}

/** forkd's own description of a flat snapshot, `snapshot.json`; its paths are absolute. */
export function snapshotDescription(folder: string): string {
  const description = {
    vmstate: join(folder, 'vmstate'),
    memory: join(folder, 'memory.bin'),
    volumes: [],
  };
  return `${JSON.stringify(description, undefined, 2)}\n`;
}

/** Its name is no tag, so that no controller lists it. */
function partialFolder({ tag, snapshotRoot }: Place): string {
  return join(snapshotRoot, `.${tag}.partial-${process.pid}`);
}

export async function requireFreeTag(place: Place): Promise<void> {
  const folder = snapshotFolder(place);
  if (await isAccessible(folder)) throw tagExists(place.tag, folder);
}

/** Runs `fill` with an empty folder on the same file system, and puts it in place when it is whole. */
export async function placeSnapshot(
  place: Place,
  fill: (partial: string) => Promise<void>,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  const partial = partialFolder(place);
  try {
    await rm(partial, { recursive: true, force: true });
    await makeFolder(partial);
    await fill(partial);
    if (replace) await exchange(partial, place);
    else await rename(partial, snapshotFolder(place));
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Children of the old one go on: what they have mapped stays until they end. */
async function exchange(partial: string, place: Place): Promise<void> {
  const folder = snapshotFolder(place);
  const replaced = `${partial}.replaced`;
  if (!(await isAccessible(folder))) {
    await rename(partial, folder);
    return;
  }
  await rename(folder, replaced);
  try {
    await rename(partial, folder);
  } catch (error) {
    await rename(replaced, folder);
    throw error;
  }
  await rm(replaced, { recursive: true });
}
