import { setInterval as ticks } from 'node:timers/promises';

const A_LONG_TIME_MS = 2 ** 30;

/** Keeps the process alive until the signal aborts; throws the signal's reason then. */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  try {
    for await (const _tick of ticks(A_LONG_TIME_MS, undefined, { signal })) {
      continue;
    }
  } catch {
    // The timer was aborted.
  }
  throw signal.reason;
}
