import { describe, expect, it } from 'vitest';

import { estimateShift, samplesNeeded } from '../../src/stats/rank-test.ts';

const range = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, index) => from + index);

describe('estimateShift', () => {
  it('has no interval for three against three: the clearest order of all comes by chance in one of ten', () => {
    expect(estimateShift([1, 2, 3], [11, 12, 13])).toEqual({
      estimate: 10,
      interval: undefined,
      pValue: expect.closeTo(2 / 20, 10),
    });
  });

  it('spans all differences for four against four', () => {
    expect(estimateShift([1, 2, 3, 4], [11, 12, 13, 14])).toEqual({
      estimate: 10,
      interval: { low: 7, high: 13 },
      pValue: expect.closeTo(2 / 70, 10),
    });
  });

  // Of the 252 orders of five and five, 1 has no pair against it, 1 has one and 2 have two.
  it('counts the orders that are at least as clear: two pairs against it of five and five', () => {
    const { pValue } = estimateShift([1, 2, 3, 6, 7], [4.5, 8, 9, 10, 11]);

    expect(pValue).toBeCloseTo((2 * (1 + 1 + 2)) / 252, 10);
  });

  it('is the same with the samples exchanged, but for the sign', () => {
    const [first, second] = [
      [3, 9, 4, 12, 7],
      [5, 14, 6, 13, 15, 11],
    ];
    const [there, back] = [estimateShift(first, second), estimateShift(second, first)];

    expect(back.estimate).toBe(-there.estimate);
    expect(back.interval).toEqual({ low: -(there.interval?.high ?? 0), high: -(there.interval?.low ?? 0) });
    expect(back.pValue).toBeCloseTo(there.pValue, 10);
  });

  it('sees nothing in samples that are the same, ties and all', () => {
    expect(estimateShift([5, 5, 5, 5], [5, 5, 5, 5])).toEqual({
      estimate: 0,
      interval: { low: 0, high: 0 },
      pValue: 1,
    });
  });

  it('goes over from counting to the normal approximation, which is a little more careful', () => {
    const p = (count: number): number => estimateShift(range(count), range(count, 7.5)).pValue;

    expect(p(31) / p(30)).toBeGreaterThan(1);
    expect(p(31) / p(30)).toBeLessThan(1.4);
  });

  it('finds a shift in samples of any size', () => {
    const { estimate, interval } = estimateShift(range(200), range(200, 50));

    expect(estimate).toBe(50);
    expect(interval?.low).toBeGreaterThan(35);
    expect(interval?.high).toBeLessThan(65);
  });
});

describe('samplesNeeded', () => {
  it.each([
    [0.05, 4],
    [0.02 / 9, 6],
  ])('knows how many could ever reach %d', (alpha, samples) => {
    expect(samplesNeeded(alpha)).toBe(samples);
  });
});
