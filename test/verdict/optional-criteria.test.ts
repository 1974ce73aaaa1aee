import { describe, expect, it } from 'vitest';

import { judge } from '../../src/verdict/judge.ts';
import type { Criterion, PlanRecord, RunRecord } from '../../src/record/run-record.ts';
import type { UserRecord } from '../../src/record/user-record.ts';
import { completedUser, failedUser, roundRecord, runRecord } from '../helpers/run-records.ts';

const usage = { ussMib: 1, pssMib: 1, rssMib: 1 };
const died = failedUser('b', { stage: 'serverReady', message: 'died', logLines: [] });

function judged(
  plan: Partial<PlanRecord>,
  users: UserRecord[],
  more: Partial<RunRecord> = {},
): { readonly verdict: string; readonly criterion: (name: string) => Criterion | undefined } {
  const record = runRecord({ ...more, rounds: [roundRecord(1, users)] });
  const { verdict, criteria } = judge({ ...record, plan: { ...record.plan, ...plan } });
  return { verdict, criterion: (name) => criteria.find((criterion) => criterion.name === name) };
}

describe('the criterion of restarted kernels', () => {
  const NAME = 'every kernel was restarted';
  const well = completedUser('a', 100, { restartMs: 200 });

  it.each([
    { it: 'was restarted', users: [well], status: 'met', verdict: 'passed' },
    {
      it: 'did not come back',
      users: [well, completedUser('b', 100, { restartError: 'no kernel came back' })],
      status: 'missed',
      verdict: 'failed',
    },
    {
      it: 'was not waited for',
      users: [well, completedUser('b', 100)],
      status: 'unknown',
      verdict: 'incomplete',
    },
    { it: 'was never due', users: [died], status: 'skipped', verdict: 'incomplete' },
    { it: 'was due for some only', users: [well, died], status: 'met', verdict: 'incomplete' },
  ])('is $status where one $it', ({ users, status, verdict }) => {
    const judgement = judged({ restart: true }, users);

    expect(judgement.criterion(NAME)?.status).toBe(status);
    expect(judgement.verdict).toBe(verdict);
  });

  it('names who is meant, among those whose restart was due', () => {
    const users = [well, completedUser('c', 100, { restartError: 'no' }), died];

    expect(judged({ restart: true }, users).criterion(NAME)?.detail).toBe('1 of 2 users (not c)');
  });

  it('is no part of a run that restarts no kernel', () => {
    expect(judged({}, [completedUser('a', 100)]).criterion(NAME)).toBeUndefined();
  });

  it('has a comparison be incomplete whose own restart did not succeed', () => {
    const { backend } = runRecord();
    const theirs = [roundRecord(1, [completedUser('x', 100, { restartError: 'no kernel came back' })])];
    const baseline = { backend, rounds: theirs, summary: {}, oursPerTheirs: {} };

    const { verdict, criterion } = judged({ restart: true, comparisons: ['baseline'] }, [well], {
      comparisons: { baseline },
    });

    expect(criterion('every comparison is complete')?.detail).toBe('incomplete: baseline');
    expect(verdict).toBe('incomplete');
  });
});

describe('the criterion of memory', () => {
  const NAME = 'memory was read';
  const users = [completedUser('a', 100)];

  it('is met by figures', () => {
    const memory = { users: 2, perUser: usage, hub: usage };

    const { verdict, criterion } = judged({ memory: true }, users, { memory });

    expect(criterion(NAME)).toEqual({ name: NAME, status: 'met', detail: '2 users' });
    expect(verdict).toBe('passed');
  });

  it.each([
    {
      plan: { memory: true as const },
      notRun: { memory: 'the hub is gone' },
      detail: 'not read: the hub is gone',
    },
    { plan: { memory: true as const }, notRun: {}, detail: 'not read' },
    // Releases before it was part of the plan.
    { plan: {}, notRun: { memory: 'the hub is gone' }, detail: 'not read: the hub is gone' },
  ])(
    'leaves a run incomplete that was asked for it and has none: $plan, $notRun',
    ({ plan, notRun, detail }) => {
      const { verdict, criterion } = judged(plan, users, { notRun });

      expect(criterion(NAME)).toEqual({ name: NAME, status: 'unknown', detail });
      expect(verdict).toBe('incomplete');
    },
  );

  it('is no part of a run that was not asked for it', () => {
    expect(judged({}, users).criterion(NAME)).toBeUndefined();
    expect(judged({}, users, { notRun: { browser: 'the hub is gone' } }).criterion(NAME)).toBeUndefined();
  });
});
