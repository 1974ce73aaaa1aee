import { describe, expect, it } from 'vitest';

import { judge } from '../../src/acceptance/judge.ts';
import type { Criterion, Threshold } from '../../src/results/run-record.ts';
import { completedUser, failedUser, roundRecord } from '../helpers/run-records.ts';

const THRESHOLD: Threshold = {
  text: 'cell1:max<200ms',
  figure: 'cell1Ms',
  statistic: 'max',
  inclusive: false,
  limitMs: 200,
  onMiss: 'fail',
};

function judged(
  cell1Ms: number,
  changes: Partial<Threshold> = {},
): { verdict: string; criterion?: Criterion } {
  const plan = { rounds: 1, budgetMs: 1000, thresholds: [{ ...THRESHOLD, ...changes }] };
  const rounds = [roundRecord(0, [completedUser('a', 900)]), roundRecord(1, [completedUser('a', cell1Ms)])];
  const { verdict, criteria } = judge({ plan, rounds });
  const criterion = criteria.find(({ name }) => name.startsWith('threshold'));
  return { verdict, ...(criterion && { criterion }) };
}

describe('a threshold', () => {
  it('is a criterion of the run, with the figure and the limit; the warm-up is not judged', () => {
    expect(judged(199)).toEqual({
      verdict: 'passed',
      criterion: {
        name: 'threshold cell1:max<200ms',
        status: 'met',
        detail: 'max is 199.0 ms, the limit 200.0 ms, samples: 1',
      },
    });
  });

  it('fails the run when it is missed', () => {
    expect(judged(201)).toMatchObject({ verdict: 'failed', criterion: { status: 'missed' } });
  });

  it('is kept by its own limit only with <=', () => {
    expect(judged(200).verdict).toBe('failed');
    expect(judged(200, { inclusive: true }).verdict).toBe('passed');
  });

  it('is unknown where its statistic has too few samples', () => {
    expect(judged(100, { statistic: 'p95' })).toMatchObject({
      verdict: 'incomplete',
      criterion: { status: 'unknown', detail: 'p95 needs 20 samples, there are 1' },
    });
  });

  it('is unknown where nobody got through', () => {
    const died = failedUser('a', { stage: 'serverReady', message: 'died', logLines: [] });
    const plan = { rounds: 1, budgetMs: 1000, thresholds: [THRESHOLD] };

    expect(judge({ plan, rounds: [roundRecord(1, [died])] }).criteria.at(-1)).toMatchObject({
      status: 'unknown',
    });
  });

  it('is no criterion when it only warns', () => {
    expect(judged(900, { onMiss: 'warn' })).toEqual({ verdict: 'passed' });
  });
});
