import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { hasCode } from '../faults/caught-error.ts';
import { ownAncestors } from './own-ancestors.ts';
import { allPids } from './process-status.ts';
import { leadsInto } from './process-marks.ts';

const PATIENCE_MS = 5000;
const RECHECK_MS = 10;

/**
 * The pids of all processes that descend from what lives in these folders, but for this one and those
 * that have started it: nobody ends the shell or the wrapper that they run in. Empty without /proc.
 */
export async function findProcessesOf(folders: readonly string[]): Promise<readonly number[]> {
  const ancestors = await ownAncestors();
  const pids = (await allPids()).filter((pid) => pid !== process.pid && !ancestors.has(pid));
  return ofThese(pids, folders);
}

/** The pids of those that have started this process and descend from what lives in these folders. */
export async function findOwnAncestorsOf(folders: readonly string[]): Promise<readonly number[]> {
  return ofThese([...(await ownAncestors())], folders);
}

async function ofThese(pids: readonly number[], folders: readonly string[]): Promise<readonly number[]> {
  const descends = await Promise.all(pids.map((pid) => descendsFrom(pid, folders)));
  return pids.filter((_, index) => descends[index]);
}

/**
 * Kills what descends from these folders until nothing does. Gives the pids that were found at the
 * first look: nothing should have been left, so the caller has something to report.
 */
export async function sweepProcessesOf(folders: readonly string[]): Promise<readonly number[]> {
  const found = await findProcessesOf(folders);
  const deadline = performance.now() + PATIENCE_MS;
  // A process that forks while it is being killed shows up at the next look.
  for (let left = found; left.length > 0; left = await findProcessesOf(folders)) {
    if (performance.now() > deadline) throw new Error(`processes ${left.join(', ')} survive SIGKILL`);
    for (const pid of left) kill(pid);
    await delay(RECHECK_MS);
  }
  return found;
}

async function descendsFrom(pid: number, folders: readonly string[]): Promise<boolean> {
  // Gone meanwhile, or somebody else's: not ours.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return leadsInto(environment, folders);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
