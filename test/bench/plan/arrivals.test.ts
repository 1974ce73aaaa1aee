import { describe, expect, it } from 'vitest';

import { parseArrivals } from '../../../src/bench/plan/arrivals.ts';
import { intendedStartsMs } from '../../../src/bench/plan/intended-starts.ts';

const MANY = 20_000;

describe('parseArrivals', () => {
  it.each([
    ['burst', { kind: 'burst' }],
    ['stagger:200ms', { kind: 'stagger', everyMs: 200 }],
    ['poisson:0.5/s', { kind: 'poisson', perS: 0.5 }],
    ['ramp:1-10/s', { kind: 'ramp', fromPerS: 1, toPerS: 10 }],
  ])('reads %s', (text, arrivals) => {
    expect(parseArrivals(text)).toEqual(arrivals);
  });

  it.each(['', 'burst:1', 'poisson', 'poisson:5', 'poisson:0/s', 'ramp:1/s', 'ramp:0-5/s', 'flood:1/s'])(
    'refuses %j with the forms that there are',
    (text) => {
      expect(() => parseArrivals(text)).toThrow(
        `--arrivals must be burst, stagger:200ms, poisson:5/s or ramp:1-10/s with rates above zero, not '${text}'`,
      );
    },
  );

  it('refuses a stagger without a duration', () => {
    expect(() => parseArrivals('stagger:5')).toThrow('--arrivals stagger must be a duration above zero');
  });
});

describe('intendedStartsMs', () => {
  it('has everybody start at the barrier in a burst, and evenly after another when staggered', () => {
    expect(intendedStartsMs({ kind: 'burst' }, 3, 1)).toEqual([0, 0, 0]);
    expect(intendedStartsMs({ kind: 'stagger', everyMs: 200 }, 3, 1)).toEqual([0, 200, 400]);
  });

  it('ramps from one rate to the other: 8 users at 2 to 6 a second take 2 s, the first 3 of them one', () => {
    const starts = intendedStartsMs({ kind: 'ramp', fromPerS: 2, toPerS: 6 }, 8, 1);

    expect([starts[0], starts[3]]).toEqual([0, 1000]);
    // (-2 + √(4 + 4 × 7)) / 2 s
    expect(starts[7]).toBeCloseTo(1828.427, 3);
  });

  it('ramps down, and keeps a rate that stays', () => {
    expect(intendedStartsMs({ kind: 'ramp', fromPerS: 6, toPerS: 2 }, 8, 1)[5]).toBeCloseTo(1000, 6);
    expect(intendedStartsMs({ kind: 'ramp', fromPerS: 4, toPerS: 4 }, 3, 1)).toEqual([0, 250, 500]);
  });

  it('draws Poisson arrivals that a seed determines to the last digit', () => {
    const poisson = { kind: 'poisson', perS: 5 } as const;

    // MT19937's first word for 42 is 1608637542, whose lower 26 bits lead: -ln(1 - 0.97057…) × 200 ms.
    expect(intendedStartsMs(poisson, 4, 42)).toEqual([
      705.129952595582, 1078.9219354372829, 1455.1870995798563, 1530.604360925271,
    ]);
    expect(intendedStartsMs(poisson, 4, 43)).not.toEqual(intendedStartsMs(poisson, 4, 42));
  });

  it('draws the first gap of each seed from the same distribution', () => {
    const firsts = Array.from(
      { length: MANY },
      (_, seed) => intendedStartsMs({ kind: 'poisson', perS: 5 }, 1, seed)[0] ?? 0,
    );
    const longerThanMean = firsts.filter((gap) => gap > 200).length / MANY;

    expect(Math.abs(longerThanMean - Math.exp(-1))).toBeLessThan(0.01);
  });

  it('draws gaps with the mean and the spread of an exponential distribution', () => {
    const starts = intendedStartsMs({ kind: 'poisson', perS: 5 }, MANY, 7);
    const gaps = starts.map((start, index) => start - (starts[index - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / MANY;
    const longerThanMean = gaps.filter((gap) => gap > 200).length / MANY;

    expect(Math.abs(mean - 200)).toBeLessThan(5);
    expect(Math.abs(longerThanMean - Math.exp(-1))).toBeLessThan(0.01);
  });
});
