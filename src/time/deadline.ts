import { setTimeout as delay } from 'node:timers/promises';

/** Rejects with `failure` when `promise` takes longer than `limitMs`; leaves no timer behind. */
export async function within<T>(limitMs: number, promise: Promise<T>, failure: string): Promise<T> {
  const timer = new AbortController();
  const expiry = delay(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${failure} within ${limitMs / 1000} s`);
  });
  // When the promise wins, the aborted timer's rejection is nobody's.
  expiry.catch(() => undefined);
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    timer.abort();
  }
}
