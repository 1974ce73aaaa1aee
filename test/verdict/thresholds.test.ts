import { describe, expect, it } from 'vitest';

import { judge, whyLost } from '../../src/verdict/judge.ts';
import type { Criterion, RoundRecord, Threshold } from '../../src/record/run-record.ts';
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
  const plan = { users: 1, rounds: 1, budgetMs: 1000, thresholds: [{ ...THRESHOLD, ...changes }] };
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
    const plan = { users: 1, rounds: 1, budgetMs: 1000, thresholds: [THRESHOLD] };

    expect(judge({ plan, rounds: [roundRecord(1, [died])] }).criteria.at(-1)).toMatchObject({
      status: 'unknown',
    });
  });

  it('is no criterion when it only warns', () => {
    expect(judged(900, { onMiss: 'warn' })).toEqual({ verdict: 'passed' });
  });

  it('is missed, not unknown, once its samples can no longer keep it', () => {
    const plan = {
      users: 4,
      rounds: 5,
      budgetMs: 1000,
      thresholds: [{ ...THRESHOLD, statistic: 'p95' as const }],
    };
    const round = (...cell1Ms: number[]): RoundRecord =>
      roundRecord(
        1,
        cell1Ms.map((ms) => completedUser('a', ms)),
      );

    expect(judge({ plan, rounds: [round(300, 100, 100, 100)] }).criteria.at(-1)?.status).toBe('unknown');
    expect(judge({ plan, rounds: [round(300, 100, 250, 100)] }).criteria.at(-1)).toMatchObject({
      status: 'missed',
      detail: '2 samples are beyond 200.0 ms, of 20 only 1 may be',
    });
  });
});

describe('whyLost', () => {
  const rounds = (...cell1Ms: number[]): RoundRecord[] =>
    cell1Ms.map((ms, index) => roundRecord(index + 1, [completedUser('a', ms)]));
  const lost = (statistic: Threshold['statistic'], ...cell1Ms: number[]): string | undefined => {
    const plan = { users: 1, rounds: 4, budgetMs: 1000, thresholds: [{ ...THRESHOLD, statistic }] };
    return whyLost({ plan, rounds: rounds(...cell1Ms) });
  };

  it('gives a median up when too many are beyond its limit, not when it is missed for now', () => {
    expect(lost('p50', 300, 300)).toBeUndefined();
    expect(lost('p50', 300, 300, 300)).toBe(
      "'cell1:max<200ms' can no longer be kept: 3 samples are beyond 200.0 ms, of 4 only 2 may be",
    );
  });

  it('gives a maximum up at its first sample, a minimum at its last', () => {
    expect(lost('max', 300)).toBeDefined();
    expect(lost('min', 300, 300, 300)).toBeUndefined();
    expect(lost('min', 300, 300, 300, 300)).toBeDefined();
  });

  it('gives up nothing but a maximum where nobody knows how many rounds there will be', () => {
    const plan = { users: 1, durationMs: 60_000, budgetMs: 1000 };
    const lostIn = (statistic: Threshold['statistic']): string | undefined =>
      whyLost({ plan: { ...plan, thresholds: [{ ...THRESHOLD, statistic }] }, rounds: rounds(300, 300) });

    expect(lostIn('p50')).toBeUndefined();
    expect(lostIn('min')).toBeUndefined();
    expect(lostIn('max')).toContain('of any number only 0 may be');
  });

  it('ignores thresholds that only warn', () => {
    const plan = {
      users: 1,
      rounds: 4,
      budgetMs: 1000,
      thresholds: [{ ...THRESHOLD, onMiss: 'warn' as const }],
    };

    expect(whyLost({ plan, rounds: rounds(300) })).toBeUndefined();
  });

  it('gives a run up that has used up its budget, and goes on where a user only failed', () => {
    const plan = { users: 1, rounds: 4, budgetMs: 1000 };
    const died = failedUser('a', { stage: 'serverReady', message: 'died', logLines: [] });

    expect(whyLost({ plan, rounds: rounds(1001) })).toBe(
      "'every cell 1 is done within 1000 ms' is missed: 0 of 1 users (not a)",
    );
    expect(whyLost({ plan, rounds: [roundRecord(1, [died])] })).toBeUndefined();
  });
});
