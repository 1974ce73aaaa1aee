import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { SupervisedProcess } from './supervised-process.ts';

interface Patience {
  readonly timeoutMs: number;
  /** How long to wait from one look to the next. */
  readonly checkMs: number;
  /** Rejects with its reason when it aborts. */
  readonly signal?: AbortSignal;
}

/** Looks until a process that was started can be used, has ended, or has had its time. */
export async function untilUp(
  process: Pick<SupervisedProcess, 'end'>,
  isUp: () => Promise<boolean>,
  { timeoutMs, checkMs, signal }: Patience,
): Promise<'up' | 'ended' | 'late'> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isUp())) {
    signal?.throwIfAborted();
    if (process.end !== undefined) return 'ended';
    if (performance.now() > deadline) return 'late';
    await delay(checkMs, undefined, signal && { signal });
  }
  return 'up';
}

/** Whether somebody listens at a Unix socket, whose file is there a moment before. */
export async function isListening(path: string): Promise<boolean> {
  const connection = connect(path);
  return once(connection, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => connection.destroy());
}
