import { performance } from 'node:perf_hooks';

/** Milliseconds on one monotonic clock; only differences mean anything. */
export interface Clock {
  now(): number;
}

export const monotonicClock: Clock = { now: () => performance.now() };
