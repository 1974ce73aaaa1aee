import { describe, expect, it } from 'vitest';

import { describeSamples } from '../../src/stats/statistics.ts';

describe('describeSamples', () => {
  it('has no statistics without samples, not zeros', () => {
    expect(describeSamples([])).toBeUndefined();
  });

  it('gives a single sample for every figure, and no 95th percentile', () => {
    expect(describeSamples([12.345])).toEqual({ samples: 1, min: 12.345, p50: 12.345, max: 12.345 });
  });

  it('takes the lower middle sample of an even number as the median (nearest rank)', () => {
    expect(describeSamples([40, 10, 30, 20])).toEqual({ samples: 4, min: 10, p50: 20, max: 40 });
  });

  it('takes the middle sample of an odd number as the median', () => {
    expect(describeSamples([300.25, 100.5, 9000.75])?.p50).toBe(300.25);
  });

  it('leaves the 95th percentile out with 19 samples and gives the 19th of 20', () => {
    const samples = Array.from({ length: 20 }, (_, index) => (index + 1) * 10);

    expect(describeSamples(samples.slice(1))).not.toHaveProperty('p95');
    expect(describeSamples(samples)).toEqual({ samples: 20, min: 10, p50: 100, p95: 190, max: 200 });
  });

  it('leaves the 99th percentile out with 99 samples and gives the 99th of 100', () => {
    const samples = Array.from({ length: 100 }, (_, index) => index + 1);

    expect(describeSamples(samples.slice(1))).not.toHaveProperty('p99');
    expect(describeSamples(samples)?.p99).toBe(99);
  });

  it('answers with a sample as it was, whatever its size', () => {
    expect(describeSamples([59_999.123, 12_345.678, 59_999.777])?.p50).toBe(59_999.123);
  });
});
