import { dirname, join } from 'node:path';

import { findOwnAncestorsOf } from '../process/process-sweep.ts';
import { isAccessible } from '../process/is-accessible.ts';
import { folderUsage } from '../files/disk-space.ts';
import { describeLockOwner } from '../files/lock-owner.ts';
import { isHeld } from '../files/locked-file.ts';
import type { LeftRun } from './remnant.ts';
import { RUN_OWNER_FILE } from '../files/run-folder.ts';
import { temporaryFolder } from '../process/user-folders.ts';
import { ownProcesses } from './own-processes.ts';
import { isRunFolder, markedFolder, runFolders } from './run-folders.ts';

/**
 * The runs of this user, by their folders and by the processes that carry their mark. Neither needs
 * the other: a folder can be gone while a process is left, and the other way round. Of those in other
 * temporary folders than ours, only the ones that have ended.
 */
export async function findRuns(): Promise<readonly LeftRun[]> {
  const processes = await ownProcesses();
  const marked = Map.groupBy(processes, markedFolder);
  const folders = [...(await runFolders(processes)), ...marked.keys()].filter((path) => path !== undefined);
  const runs = await Promise.all(
    [...new Set(folders)].toSorted().map(async (path) =>
      describe(
        path,
        (marked.get(path) ?? []).map(({ pid }) => pid),
      ),
    ),
  );
  return runs.filter(({ elsewhere, inUse }) => elsewhere === undefined || inUse === undefined);
}

async function describe(path: string, pids: readonly number[]): Promise<LeftRun> {
  const inUse = (await ownerOf(path)) ?? (await whyUnknown(path, pids)) ?? (await starterIn(path));
  const left = pids.length === 0 ? '' : `, of which these processes are left: ${pids.join(', ')}`;
  const parent = dirname(path);
  const isElsewhere = parent !== temporaryFolder();
  const remedy = isElsewhere ? `; TMPDIR=${parent} forkd-spawner clean removes it` : '';
  return {
    ...{ kind: 'run', path, pids },
    sizeMib: Math.round((await folderUsage(path)).mib),
    reason: `a run that has ended${left}${remedy}`,
    ...(inUse !== undefined && { inUse }),
    ...(isElsewhere && { elsewhere: parent }),
  };
}

async function ownerOf(path: string): Promise<string | undefined> {
  const file = join(path, RUN_OWNER_FILE);
  if (!isRunFolder(path) || !(await isHeld(file))) return undefined;
  return `${await describeLockOwner(file)} runs it`;
}

/**
 * Says why nobody can tell whether a run has ended. Programs that clear old files from the temporary
 * folder may have taken the owner's file from a run that goes on.
 */
async function whyUnknown(path: string, pids: readonly number[]): Promise<string | undefined> {
  if (pids.length === 0 || isRunFolder(path) || !(await isAccessible(path))) return undefined;
  return `its ${RUN_OWNER_FILE} is gone, so nobody can tell whether the run has ended; end process ${pids.join(', ')} if it has`;
}

/**
 * Says which process of the run has started us. To end the run's hub would stop its servers, and so us
 * and the terminal that we run in.
 */
async function starterIn(path: string): Promise<string | undefined> {
  const [pid] = await findOwnAncestorsOf([path]);
  return pid === undefined
    ? undefined
    : `process ${pid}, which has started this command, belongs to it; clean from another terminal`;
}
