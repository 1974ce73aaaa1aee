import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { describe, expect, it } from 'vitest';

import { medianInterval } from '../../src/stats/median-interval.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('medianInterval', () => {
  it('is absent below six rounds, however many users they have', () => {
    expect(medianInterval(range(5).map(() => range(100)))).toBeUndefined();
    expect(medianInterval(range(6).map(() => range(100)))).toBeDefined();
  });

  it('ignores rounds without a sample', () => {
    expect(medianInterval([...range(5).map(() => [1]), [], []])).toBeUndefined();
  });

  it('is the value itself where nothing varies', () => {
    expect(medianInterval(range(6).map(() => [7, 7]))).toEqual({ low: 7, high: 7 });
  });

  it('is the same each time', () => {
    const rounds = range(10).map((round) => [round * 3, round * 5]);

    expect(medianInterval(rounds)).toEqual(medianInterval(rounds));
  });

  it('grows no narrower when every round has ten users alike instead of one', () => {
    const single = range(10).map((round) => [round]);
    const alike = range(10).map((round) => Array<number>(10).fill(round));

    expect(medianInterval(alike)).toEqual(medianInterval(single));
  });

  it('holds the true median in about 95 of 100 cases', () => {
    const random = xoroshiro128plus(3);
    const held = range(200).filter(() => {
      const rounds = range(12).map(() => [uniformInt(random, -1000, 1000)]);
      const { low = 1, high = -1 } = medianInterval(rounds) ?? {};
      return low <= 0 && high >= 0;
    });

    expect(held.length).toBeGreaterThanOrEqual(184);
    expect(held.length).toBeLessThan(200);
  });
});
