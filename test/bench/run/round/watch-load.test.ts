import { describe, expect, it } from 'vitest';

import { clockTickMs } from '../../../../src/time/clock.ts';
import { parseThrottledUs, parseTicks, watchProcessor } from '../../../../src/bench/run/round/watch-load.ts';

describe('parseTicks', () => {
  it('reads all processors together, and leaves out guests, who are counted as users already', () => {
    const stat = 'cpu  10 2 3 100 5 6 7 8 9 1\ncpu0 5 1 1 50 2 3 3 4 4 0\nintr 1\n';

    expect(parseTicks(stat)).toEqual([10, 2, 3, 100, 5, 6, 7, 8]);
  });
});

describe('parseThrottledUs', () => {
  it('finds the time that a quota held back', () => {
    expect(parseThrottledUs('usage_usec 5\nnr_throttled 2\nthrottled_usec 1234\n')).toBe(1234);
  });

  it('is undefined for a group without the controller', () => {
    expect(parseThrottledUs('usage_usec 5\nuser_usec 4\n')).toBeUndefined();
  });
});

describe('watchProcessor', () => {
  it('tells of this very machine which share of its time others had', async () => {
    const stop = await watchProcessor();

    const processor = await stop();

    expect(processor?.stolenShare).toBeGreaterThanOrEqual(0);
    expect(processor?.stolenShare).toBeLessThanOrEqual(1);
  });
});

describe('clockTickMs', () => {
  it('is the smallest step of a clock that stands still in between', () => {
    let reading = 0;

    expect(clockTickMs({ now: () => Math.floor((reading += 1) / 10) * 4 })).toBe(4);
  });

  it('is above zero for the real one', () => {
    expect(clockTickMs()).toBeGreaterThan(0);
  });
});
