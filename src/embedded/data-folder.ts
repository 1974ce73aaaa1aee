import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { EnvironmentError } from '../faults/errors.ts';
import { messageOf } from '../faults/caught-error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { temporaryFolder } from '../process/user-folders.ts';

/** Where a controller keeps its sandboxes' folders, its parents' logs and, by default, its token. */
export interface DataFolder {
  readonly path: string;
  readonly snapshots: string;
  readonly sandboxes: string;
  remove(): Promise<void>;
}

/** Makes a folder of the controller's own: inside `parent` where that is given, else in the temp folder. */
export async function createDataFolder(parent: string | undefined): Promise<DataFolder> {
  // Absolute: what descends from the controller is found by it, wherever that works.
  const base = parent === undefined ? temporaryFolder() : resolve(parent);
  try {
    await makeFolder(base);
    const path = await mkdtemp(join(base, 'forkd-controller-'));
    const [snapshots, sandboxes] = [join(path, 'snapshots'), join(path, 'sandboxes')];
    await Promise.all([mkdir(snapshots), mkdir(sandboxes)]);
    return { path, snapshots, sandboxes, remove: () => rm(path, { recursive: true, force: true }) };
  } catch (cause) {
    throw new EnvironmentError(`no data folder could be made in ${base}: ${messageOf(cause)}`, {
      hint: 'Name a folder that you can write to with TMPDIR.',
      cause,
    });
  }
}
