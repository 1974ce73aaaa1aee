import type { Side, Span } from '../../src/profile/span.ts';

/** A span of the user `ada`, in milliseconds. */
export function span(side: Side, name: string, startMs: number, endMs: number, user = 'ada'): Span {
  return { side, name, user, startMs, durationMs: endMs - startMs };
}
