import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { findProcessesOf, sweepProcessesOf } from '../process/process-sweep.ts';
import type { LeftRun } from './remnant.ts';
import { isRunFolder } from './run-folders.ts';

/** A hub stops its users' servers first. */
const PATIENCE_MS = 20_000;
const CHECK_MS = 50;

/** Ends what is left of a run whose owner is gone, and removes its folder. */
export async function endRun({ path }: Pick<LeftRun, 'path'>): Promise<void> {
  for (const pid of await findProcessesOf([path])) terminate(pid);
  const deadline = performance.now() + PATIENCE_MS;
  while ((await findProcessesOf([path])).length > 0 && performance.now() < deadline) await delay(CHECK_MS);
  await sweepProcessesOf([path]);
  if (isRunFolder(path)) await rm(path, { recursive: true, maxRetries: 5 });
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended, or the sweep says why it can't be.
  }
}
