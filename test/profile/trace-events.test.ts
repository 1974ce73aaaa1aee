import { describe, expect, it } from 'vitest';

import { toTraceFile } from '../../src/profile/trace-events.ts';
import { span } from '../helpers/spans.ts';

const BARRIER_MS = 1_790_000_000_000;
const at = (...args: Parameters<typeof span>): ReturnType<typeof span> => {
  const one = span(...args);
  return { ...one, startMs: one.startMs + BARRIER_MS };
};

describe('the trace file', () => {
  it('has a named process a side and times in whole microseconds from the barrier', () => {
    const trace = toTraceFile(
      [at('guest', 'agent.fork', 1.5, 4), at('client', 'requested', 0, 2.25)],
      BARRIER_MS,
    );

    expect(trace).toEqual({
      displayTimeUnit: 'ms',
      otherData: { barrier_unix_s: 1_790_000_000 },
      traceEvents: [
        { ph: 'M', name: 'process_name', pid: 1, tid: 0, args: { name: 'client' } },
        { ph: 'M', name: 'process_sort_index', pid: 1, tid: 0, args: { sort_index: 1 } },
        { ph: 'M', name: 'thread_name', pid: 1, tid: 1, args: { name: 'ada' } },
        complete({ name: 'requested', cat: 'client', pid: 1, ts: 0, dur: 2250 }),
        { ph: 'M', name: 'process_name', pid: 5, tid: 0, args: { name: 'guest' } },
        { ph: 'M', name: 'process_sort_index', pid: 5, tid: 0, args: { sort_index: 5 } },
        { ph: 'M', name: 'thread_name', pid: 5, tid: 1, args: { name: 'ada' } },
        complete({ name: 'agent.fork', cat: 'guest', pid: 5, ts: 1500, dur: 2500 }),
      ],
    });
  });

  it('keeps nested spans in one lane, and gives overlapping ones and other users lanes of their own', () => {
    const spans = [
      at('guest', 'outer', 0, 10),
      at('guest', 'inner', 2, 5),
      at('guest', 'overlapping', 8, 12),
      at('guest', 'later', 12, 14),
      at('guest', 'other', 0, 10, 'bo'),
    ];

    expect(lanesOf(spans)).toEqual({ outer: 1, inner: 1, overlapping: 2, later: 1, other: 3 });
  });
});

function complete(event: object): object {
  return { ph: 'X', tid: 1, args: { user: 'ada' }, ...event };
}

function lanesOf(spans: Parameters<typeof toTraceFile>[0]): Record<string, number> {
  const { traceEvents } = toTraceFile(spans, BARRIER_MS);
  return Object.fromEntries(traceEvents.flatMap((one) => (one.ph === 'X' ? [[one.name, one.tid]] : [])));
}
