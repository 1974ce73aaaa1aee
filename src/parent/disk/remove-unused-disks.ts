import { rm } from 'node:fs/promises';

import { type ParentPlan, disksBeside } from '../parent-plan.ts';
import { listParents } from '../list-parents.ts';
import { listRootDisks } from './root-disk.ts';

/**
 * Removes root disks that no snapshot names any more. One that a running child still has open stays
 * on the disk until it ends.
 */
export async function removeUnusedDisks({
  disks,
  snapshotRoot,
}: Pick<ParentPlan, 'disks' | 'snapshotRoot'>): Promise<void> {
  // A folder that was named by hand may hold other controllers' disks, too.
  if (disks !== disksBeside(snapshotRoot)) return;
  const used = new Set((await listParents(snapshotRoot)).map(({ record }) => record?.rootDisk));
  for (const { file } of await listRootDisks(disks)) {
    if (used.has(file)) continue;
    await rm(`${file}.json`, { force: true });
    await rm(file, { force: true });
  }
}
