import { type FileHandle, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { RUN_VARIABLE } from '../process/process-marks.ts';
import { sweepProcessesOf } from '../process/process-sweep.ts';
import { writeLockOwner } from './lock-owner.ts';
import { openLocked } from './locked-file.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';
import type { Cleanup } from '../process/cleanup.ts';

/** The file in a run's folder that is locked as long as the process that runs it lives. */
export const RUN_OWNER_FILE = 'owner.lock';
/** What it is called until it is locked. */
export const RUN_OWNER_DRAFT = `${RUN_OWNER_FILE}.new`;

/** What the environment of a run's processes holds: by it they are found, whatever has become of who started them. */
export function runMark(folder: string): NodeJS.ProcessEnv {
  return { [RUN_VARIABLE]: folder };
}

interface Logs {
  /** It is told at the end where the folder is, which then stays; without it, the folder is removed. */
  readonly onLogsKept?: ((folder: string) => void) | undefined;
}

/** Makes the folder of a run; at the end nothing with its mark is left. */
export async function makeRunFolder(cleanup: Cleanup, { onLogsKept }: Logs = {}): Promise<string> {
  const folder = await makeTemporaryFolder('forkd-spawner-');
  const removeFolder = async (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  const lock = await lockFolder(folder).catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  // Each step is tried, whatever becomes of those before it; the last one comes first.
  cleanup.add(async () => lock?.close());
  cleanup.add(async () => {
    if (onLogsKept === undefined) await removeFolder();
    else onLogsKept(folder);
  });
  cleanup.add(async () => {
    await sweepProcessesOf([folder]);
  });
  return folder;
}

/**
 * Locks a run's folder. The file gets its name only with its lock: whoever finds it unlocked knows
 * that its owner is gone.
 */
async function lockFolder(folder: string): Promise<FileHandle | undefined> {
  const path = join(folder, RUN_OWNER_FILE);
  const draft = join(folder, RUN_OWNER_DRAFT);
  const lock = await openLocked(draft, 0o600, { timeoutMs: 0, signal: undefined });
  await writeLockOwner(draft);
  await rename(draft, path);
  return lock;
}
