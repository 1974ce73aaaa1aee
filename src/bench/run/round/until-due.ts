import { setTimeout as delay } from 'node:timers/promises';

import type { Clock } from '../../../time/clock.ts';

/** Waits until `dueMs` on the clock, or until the signal aborts. @returns what the clock says then */
export async function untilDue(clock: Clock, dueMs: number, signal: AbortSignal): Promise<number> {
  let nowMs = clock.now();
  while (nowMs < dueMs && !signal.aborted) {
    // An abort is no failure here: the user's first stage meets it.
    await delay(dueMs - nowMs, undefined, { signal }).catch(() => undefined);
    nowMs = clock.now();
  }
  return nowMs;
}
