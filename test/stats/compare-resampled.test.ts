import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';

import { delayed, delays, resampledRun } from '../../scripts/resampled-runs.ts';
import { readRecord } from '../../src/record/read-record.ts';
import type { RoundRecord } from '../../src/record/run-record.ts';
import { compareRecords } from '../../src/stats/compare-records.ts';

const COMPARISONS = 60;
const ROUNDS = 30;
let measured: readonly RoundRecord[];

beforeAll(async () => {
  ({ rounds: measured } = await readRecord('fixtures/records/5u-embedded.json'));
});

// `npm run measure:compare` does the same at length; the seed makes both repeatable.
describe('compareRecords, on rounds that were measured', () => {
  it('tells two runs of the same thing apart in at most one of fifty', () => {
    const random = xoroshiro128plus(7);
    const told = Array.from({ length: COMPARISONS }, () => {
      const [first, second] = [
        resampledRun(measured, ROUNDS, random),
        resampledRun(measured, ROUNDS, random),
      ];
      return compareRecords({ rounds: first }, { rounds: second }).verdict;
    }).filter((verdict) => verdict === 'slower' || verdict === 'faster');

    expect(told.length / COMPARISONS).toBeLessThanOrEqual(0.02);
  });

  it('finds a tenth, at least 20 ms, in any stage and names it in at least 95 of 100', () => {
    const random = xoroshiro128plus(7);
    const found = Array.from({ length: COMPARISONS }, (_, index) => {
      const { stage, delayMs } = delays(measured)[index % delays(measured).length] ?? {};
      if (stage === undefined || delayMs === undefined) throw new Error('the record has no stage');
      const [first, second] = [
        resampledRun(measured, ROUNDS, random),
        resampledRun(measured, ROUNDS, random),
      ];
      const { verdict, figures } = compareRecords(
        { rounds: first },
        { rounds: delayed(second, stage, delayMs) },
      );
      return verdict === 'slower' && figures.some((one) => one.name === stage && one.verdict === 'slower');
    }).filter(Boolean);

    expect(found.length / COMPARISONS).toBeGreaterThanOrEqual(0.95);
  });
});
