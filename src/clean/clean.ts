import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf } from '../faults/caught-error.ts';
import { endMachine } from '../forkd/running-machines.ts';
import type { StrayOptions } from '../forkd/stray-machines.ts';
import { ProcessMentions } from '../process/process-mentions.ts';
import { withLockIfFree } from '../python/environment-lock.ts';
import type { Cleaned, Remnant } from './remnant.ts';
import { findCgroups } from './find-cgroups.ts';
import { findEnvironments } from './find-environments.ts';
import { endRun } from './end-run.ts';
import { findFolders } from './find-folders.ts';
import { findRuns } from './find-runs.ts';
import { findStrays, type StraysController } from './find-strays.ts';

export interface CleanOptions extends StrayOptions {
  /** Whether the environments that this release uses are removed, too. */
  readonly all: boolean;
  readonly dryRun: boolean;
  /** The forkd controller whose stray microVMs are to go, too. */
  readonly controller: StraysController | undefined;
}

/** Finds what is left of ended runs and other releases, and removes what nobody uses. */
export async function clean(options: CleanOptions): Promise<readonly Cleaned[]> {
  // First: a controller that can't be asked is to be known before anything is removed.
  const strays = options.controller === undefined ? [] : await findStrays(options.controller, options);
  const mentions = await ProcessMentions.read();
  const remnants = [
    ...strays,
    ...(await findEnvironments(options, mentions)),
    ...(await findRuns()),
    ...(await findFolders(mentions)),
    ...(await findCgroups(mentions)),
  ];
  const cleaned: Cleaned[] = [];
  for (const remnant of remnants) {
    options.signal.throwIfAborted();
    cleaned.push(await cleanOne(remnant, options.dryRun));
  }
  return cleaned;
}

async function cleanOne(remnant: Remnant, dryRun: boolean): Promise<Cleaned> {
  if (remnant.inUse !== undefined) return { ...remnant, outcome: 'in use' };
  if (remnant.kind === 'run' && remnant.elsewhere !== undefined) return { ...remnant, outcome: 'elsewhere' };
  if (dryRun) return { ...remnant, outcome: 'would be removed' };
  try {
    return (await remove(remnant))
      ? { ...remnant, outcome: 'removed' }
      : { ...remnant, outcome: 'in use', inUse: 'somebody has begun to prepare it' };
  } catch (error) {
    return { ...remnant, outcome: 'failed', failure: messageOf(error) };
  }
}

/** Removes a remnant. @returns false where somebody has taken it meanwhile */
async function remove(remnant: Remnant): Promise<boolean> {
  switch (remnant.kind) {
    case 'environment':
      return withLockIfFree(remnant.path, async () => rm(remnant.path, { recursive: true }));
    case 'folder':
      await rm(remnant.path, { recursive: true });
      return true;
    case 'run':
      await endRun(remnant);
      return true;
    case 'cgroup':
      await removeCgroup(remnant.path);
      return true;
    case 'microVM':
      await endMachine(remnant);
      return true;
  }
}

/** A cgroup's files can't be removed and need not be: only the folders, the inner ones first. */
async function removeCgroup(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isDirectory())) await rmdir(join(path, name));
  await rmdir(path);
}
