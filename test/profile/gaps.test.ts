import { describe, expect, it } from 'vitest';

import { findGaps } from '../../src/profile/gaps.ts';
import { span } from '../helpers/spans.ts';

describe('findGaps', () => {
  it('finds what lies before, between and after the spans, from 5 ms on', () => {
    const spans = [span('hub', 'a', 10, 20), span('guest', 'b', 24.9, 30), span('hub', 'c', 35, 40)];

    expect(findGaps(spans, 0, 50)).toEqual([
      { startMs: 0, durationMs: 10 },
      { startMs: 30, durationMs: 5 },
      { startMs: 40, durationMs: 10 },
    ]);
  });

  it('takes no notice of the client, which is busy all the time', () => {
    expect(findGaps([span('client', 'requested', 0, 10)], 0, 10)).toEqual([{ startMs: 0, durationMs: 10 }]);
  });

  it('does not take a span for explained that others explain in part', () => {
    const waiting = span('hub', 'user.spawn', 0, 100);

    expect(findGaps([waiting, span('guest', 'server.start', 10, 90)], 0, 100)).toEqual([
      { startMs: 0, durationMs: 10, inside: waiting },
      { startMs: 90, durationMs: 10, inside: waiting },
    ]);
  });

  it('tells apart what lies inside of different spans', () => {
    const outer = span('hub', 'user.spawn', 0, 40);
    const inner = span('spawner', 'start.activate', 10, 30);
    const leaf = span('guest', 'agent.fork', 20, 21);

    expect(findGaps([outer, inner, leaf], 0, 50)).toEqual([
      { startMs: 0, durationMs: 10, inside: outer },
      { startMs: 10, durationMs: 10, inside: inner },
      { startMs: 21, durationMs: 9, inside: inner },
      { startMs: 30, durationMs: 10, inside: outer },
      { startMs: 40, durationMs: 10 },
    ]);
  });

  it('leaves out what happens after the end', () => {
    expect(findGaps([span('hub', 'late', 100, 110)], 0, 20)).toEqual([{ startMs: 0, durationMs: 20 }]);
  });
});
