import { performance } from 'node:perf_hooks';

/** Milliseconds on one monotonic clock; only differences mean anything. */
export interface Clock {
  now(): number;
}

export const monotonicClock: Clock = { now: () => performance.now() };

const READINGS = 5;

/** The smallest step that the clock was seen to make. */
export function clockTickMs(clock: Clock = monotonicClock): number {
  return Math.min(...Array.from({ length: READINGS }, () => oneTickMs(clock)));
}

function oneTickMs(clock: Clock): number {
  const startMs = clock.now();
  let nowMs = startMs;
  while (nowMs === startMs) nowMs = clock.now();
  return nowMs - startMs;
}

/** Rounds to three decimals: what lies below a microsecond is noise that only fattens the records. */
export function toMicroseconds(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
