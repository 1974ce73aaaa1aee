import { describe, expect, it } from 'vitest';

import type { Evidence } from '../../src/verdict/evidence.ts';
import { judge, worstVerdict } from '../../src/verdict/judge.ts';
import type { RoundRecord } from '../../src/record/run-record.ts';
import { completedUser, failedUser, roundRecord, runRecord } from '../helpers/run-records.ts';

const plan = { users: 1, rounds: 1, budgetMs: 1000 };

function judged(...rounds: RoundRecord[]): { verdict: string; unmet: string[] } {
  const { verdict, criteria } = judge({ plan, rounds });
  return { verdict, unmet: criteria.filter(({ status }) => status !== 'met').map(({ name }) => name) };
}

describe('judge', () => {
  it('passes a run in which everybody is right and in time', () => {
    expect(judged(roundRecord(1, [completedUser('a', 1000)]))).toEqual({ verdict: 'passed', unmet: [] });
  });

  it('is incomplete without a round: a missing value is never met', () => {
    expect(judged().verdict).toBe('incomplete');
  });

  it('is incomplete while judged rounds are missing', () => {
    expect(judged(roundRecord(0, [completedUser('a', 100)])).verdict).toBe('incomplete');
  });

  it.each([
    [60_000, 'passed', 'were run in 60.0 of 60.0 s'],
    [59_900, 'incomplete', 'were run in 59.9 of 60.0 s'],
  ])(
    'asks of a run with a duration whether rounds went on for it: after %d ms',
    (elapsedMs, verdict, detail) => {
      const rounds = [roundRecord(1, [completedUser('a', 100)])];

      const judgement = judge({ plan: { users: 1, durationMs: 60_000, budgetMs: 1000 }, rounds, elapsedMs });

      expect(judgement.verdict).toBe(verdict);
      expect(judgement.criteria[0]?.detail).toBe(`1 judged rounds ${detail}`);
    },
  );

  it('fails when one user is a millisecond late', () => {
    expect(judged(roundRecord(1, [completedUser('a', 100), completedUser('b', 1001)]))).toEqual({
      verdict: 'failed',
      unmet: ['every cell 1 is done within 1000 ms'],
    });
  });

  it.each([
    ['has too few rounds', []],
    ['has a user that failed', [failedUser('a', { stage: 'requested', message: 'no', logLines: [] })]],
    ['has a wrong result', [completedUser('a', 100, { actual: 'wrong' })]],
  ])('is incomplete when a comparison %s', (_, users) => {
    const rounds = [roundRecord(1, [completedUser('a', 100)])];
    const theirs = users.length === 0 ? [] : [roundRecord(1, users)];
    const floor = { backend: runRecord().backend, rounds: theirs, summary: {}, oursPerTheirs: {} };

    const evidence = { plan: { ...plan, comparisons: ['floor' as const] }, rounds, comparisons: { floor } };

    expect(judge(evidence).verdict).toBe('incomplete');
  });

  it.each([
    { seen: ['6'], verdict: 'passed' },
    { seen: ['7'], verdict: 'failed' },
    { seen: [null], verdict: 'incomplete' },
    { seen: [], verdict: 'incomplete' },
  ])('judges what a user of a browser has seen: $seen', ({ seen, verdict }) => {
    const rounds = [roundRecord(1, [completedUser('a', 100)])];
    const start = { user: 'b', expression: '2 * 3', expected: '6', kernels: 1 };
    const starts = seen.map((actual) => ({ ...start, actual }));

    const evidence = { plan: { ...plan, browserStarts: 1 }, rounds, browser: { version: '1', starts } };

    expect(judge(evidence).verdict).toBe(verdict);
  });

  it.each([
    { kernels: [1, 1], status: 'met' },
    { kernels: [1, 2], status: 'missed' },
    { kernels: [1, undefined], status: 'unknown' },
    { kernels: [1], status: 'unknown' },
  ])('has each user of a browser get one kernel: $kernels', ({ kernels, status }) => {
    const start = { user: 'b', expression: '2 * 3', expected: '6', actual: '6' };
    const starts = kernels.map((count) => ({ ...start, ...(count !== undefined && { kernels: count }) }));

    const { criteria } = judge({
      plan: { ...plan, browserStarts: 2 },
      rounds: [],
      browser: { version: '1', starts },
    });

    expect(criteria.find(({ name }) => name === 'every browser user got one kernel')?.status).toBe(status);
  });

  it('does not judge the times of a comparison', () => {
    const rounds = [roundRecord(1, [completedUser('a', 100)])];
    const slow = [roundRecord(1, [completedUser('a', 9000)])];
    const baseline = { backend: runRecord().backend, rounds: slow, summary: {}, oursPerTheirs: {} };

    const evidence = {
      plan: { ...plan, comparisons: ['baseline' as const] },
      rounds,
      comparisons: { baseline },
    };

    expect(judge(evidence).verdict).toBe('passed');
  });

  it('gives a sweep the worst verdict of its runs', () => {
    expect(worstVerdict(['passed', 'incomplete', 'failed'])).toBe('failed');
    expect(worstVerdict(['incomplete', 'passed'])).toBe('incomplete');
    expect(worstVerdict(['passed', 'passed'])).toBe('passed');
  });

  it('does not judge the times of the warm-up round', () => {
    const rounds = [roundRecord(0, [completedUser('a', 9000)]), roundRecord(1, [completedUser('a', 100)])];

    expect(judged(...rounds).verdict).toBe('passed');
  });

  it('fails when two users got each other’s results', () => {
    const a = completedUser('a', 100, { expected: '6', actual: '7' });
    const b = completedUser('b', 100, { expected: '7', actual: '6' });

    expect(judged(roundRecord(1, [a, b]))).toEqual({ verdict: 'failed', unmet: ['every result is right'] });
  });

  it('fails, and is not incomplete, when a cell raises: that is an answer', () => {
    const error = { stage: 'cell1' as const, message: 'ZeroDivisionError', logLines: [] };
    const raised = { ...failedUser('a', error), stages: { cell1Ms: 100 } };

    expect(judged(roundRecord(1, [raised]))).toMatchObject({ verdict: 'failed' });
  });

  it('is incomplete when a user never got to cell 1', () => {
    const died = failedUser('b', { stage: 'serverReady', message: 'died', logLines: [] });

    expect(judged(roundRecord(1, [completedUser('a', 100), died])).verdict).toBe('incomplete');
  });

  it('fails when one user is wrong and another could not be measured: the proof outweighs', () => {
    const died = failedUser('b', { stage: 'serverReady', message: 'died', logLines: [] });
    const wrong = completedUser('a', 100, { actual: '5' });

    expect(judged(roundRecord(1, [wrong, died])).verdict).toBe('failed');
  });

  it("fails when a kernel's own ports are silent", () => {
    const silent = completedUser('a', 100, { zmqProbe: { status: 'failed', cause: 'no heartbeat' } });

    expect(judged(roundRecord(1, [silent])).unmet).toEqual(["every kernel's own ports answer"]);
  });

  it('ignores ports that there is nothing to ask about', () => {
    const simple = completedUser('a', 100, { zmqProbe: { status: 'skipped', reason: 'process spawner' } });

    expect(judged(roundRecord(1, [simple]))).toMatchObject({ verdict: 'passed' });
  });

  it('asks no ports of users that failed where nobody has any to ask', () => {
    const simple = completedUser('a', 100, { zmqProbe: { status: 'skipped', reason: 'process spawner' } });
    const died = failedUser('b', { stage: 'serverReady', message: 'died', logLines: [] });
    const portsOf = (evidence: Evidence): unknown =>
      judge(evidence).criteria.find(({ name }) => name === "every kernel's own ports answer");
    const hidden = { status: 'skipped', detail: 'skipped: process spawner' };
    const onHub = { ...plan, hub: 'http://hub.example' };

    expect(portsOf({ plan, rounds: [roundRecord(1, [simple, died])] })).toMatchObject(hidden);
    expect(portsOf({ plan: onHub, rounds: [roundRecord(1, [died])] })).toMatchObject({ status: 'skipped' });
    expect(portsOf({ plan, rounds: [roundRecord(1, [died])] })).toMatchObject({ status: 'unknown' });
  });

  it('fails by name on a leftover, even of the warm-up round', () => {
    const leak = { leftovers: [{ kind: 'process' as const, detail: '4711 python' }] };
    const rounds = [roundRecord(0, [completedUser('a', 1)], leak), roundRecord(1, [completedUser('a', 1)])];

    const criterion = judge({ plan, rounds }).criteria.at(-1);

    expect(criterion).toEqual({
      name: 'nothing is left',
      status: 'missed',
      detail: 'left: process 4711 python',
    });
  });
});
