import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { makeFolder } from '../../files/make-folder.ts';
import { folderUsage } from '../../files/disk-space.ts';
import { findProgram } from '../../process/find-program.ts';
import { GUEST_DISTRIBUTION, type DiskInputs, diskKey } from './disk-inputs.ts';
import { installInTree } from './install-in-tree.ts';
import { noProgram } from '../parent-faults.ts';
import type { ParentPlan } from '../parent-plan.ts';
import { type RootDisk, rootDiskSchema } from './root-disk.ts';
import { runStep } from './run-step.ts';
import { makeTree, type TreeWork } from './tree.ts';

const BYTES_PER_MIB = 1024 * 1024;
/** ext4's own tables and rounding take so much more; nothing is ever written to the disk afterwards. */
const SLACK = 1.12;
const SLACK_MIB = 32;
const SLACK_INODES = 1000;

/** Makes a root disk in the plan's folder of disks: whole, with its JSON, or not at all. */
export async function makeRootDisk(
  plan: Pick<ParentPlan, 'source' | 'requirements' | 'disks'>,
  inputs: DiskInputs,
  work: Omit<TreeWork, 'tree'>,
): Promise<RootDisk> {
  await makeFolder(plan.disks);
  const key = diskKey(inputs);
  // Never over another: a snapshot that exists has its disk's path for ever.
  const file = join(plan.disks, `jupyter-${key}-${Date.now().toString(36)}.ext4`);
  const partial = `${file}.partial-${process.pid}`;
  const tree = `${partial}.d`;
  try {
    await makeTree(plan.source, { ...work, tree });
    const versions = await installInTree({ ...work, tree }, plan.requirements);
    await makeFileSystem(tree, partial, work);
    const disk = rootDiskSchema.parse({
      ...{ version: 1, key, file, inputs, versions },
      sizeMib: Math.round((await stat(partial)).size / BYTES_PER_MIB),
      madeAt: new Date().toISOString(),
      guestVersion: versions[GUEST_DISTRIBUTION],
    });
    await rename(partial, file);
    await writeFile(`${file}.json.partial`, `${JSON.stringify(disk, undefined, 2)}\n`);
    await rename(`${file}.json.partial`, `${file}.json`);
    return disk;
  } finally {
    for (const path of [tree, partial, `${file}.json.partial`])
      await rm(path, { recursive: true, force: true });
  }
}

/** mke2fs makes it from the folder itself: nothing is mounted. */
async function makeFileSystem(tree: string, file: string, work: Omit<TreeWork, 'tree'>): Promise<void> {
  const mke2fs = await findProgram('mke2fs');
  if (mke2fs === undefined) throw noProgram(['mke2fs'], 'e2fsprogs');
  const { mib, entries } = await folderUsage(tree);
  const sizeMib = Math.ceil(mib * SLACK + SLACK_MIB);
  work.onProgress(`writing the root disk (${sizeMib} MiB)`);
  await runStep({
    name: 'mke2fs',
    command: mke2fs,
    args: [
      ...['-q', '-F', '-t', 'ext4', '-L', 'jupyter', '-m', '0'],
      // It is only ever read: a journal would be empty for ever.
      ...['-O', '^has_journal', '-N', String(entries + SLACK_INODES)],
      ...['-d', tree, file, `${sizeMib}M`],
    ],
    logFile: work.logFile,
    folder: file,
    signal: work.signal,
  });
}
