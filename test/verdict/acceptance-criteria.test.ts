import { describe, expect, it } from 'vitest';

import { judge, judgeAcceptance } from '../../src/verdict/judge.ts';
import type { AcceptanceRecord } from '../../src/record/acceptance-record.ts';
import { acceptanceRecord, examinedUser } from '../helpers/acceptance-record.ts';
import { completedUser, roundRecord, runRecord } from '../helpers/run-records.ts';

const ROUNDS = [roundRecord(1, [completedUser('a', 100)])];

interface Outcome {
  readonly verdict: string;
  readonly unmet: readonly string[];
  readonly details: readonly string[];
}

function accepted(changes: Partial<AcceptanceRecord> = {}): Outcome {
  const acceptance = acceptanceRecord(changes);
  const { verdict, criteria } = judge({
    plan: { users: 1, rounds: 1, budgetMs: 1000 },
    rounds: ROUNDS,
    acceptance,
  });
  const unmet = criteria.filter(({ status }) => status !== 'met');
  return { verdict, unmet: unmet.map(({ name }) => name), details: unmet.map(({ detail }) => detail) };
}

describe('an acceptance', () => {
  it('passes when every part of it is proved', () => {
    expect(accepted()).toMatchObject({ verdict: 'passed', unmet: [] });
  });

  it('is no part of a run that was only measured', () => {
    const { criteria } = judge({ plan: { users: 1, rounds: 1, budgetMs: 1000 }, rounds: ROUNDS });

    expect(criteria.map(({ name }) => name)).not.toContain('clones are unique');
  });

  it('is incomplete, by name, for a record that holds no evidence', () => {
    const { verdict, criteria } = judgeAcceptance(runRecord({ rounds: ROUNDS }));

    expect(verdict).toBe('incomplete');
    expect(criteria.filter(({ status }) => status === 'unknown').map(({ name }) => name)).toEqual([
      'pip installs it into a clean environment',
      "a minimal configuration spawns kernels from '?'",
      'state survives a restart of the hub',
      'kernels answer signed messages only',
      'clones are unique',
      'nothing is left after the restart',
    ]);
  });

  it('fails with what pip said', () => {
    const failed = accepted({ installation: { status: 'failed', cause: 'No matching distribution' } });

    expect(failed).toMatchObject({ verdict: 'failed', details: ['No matching distribution'] });
  });

  it('fails when a server was forked from another snapshot', () => {
    const users = [examinedUser('a', { snapshotTag: 'other' }), examinedUser('b')];

    expect(accepted({ users })).toMatchObject({
      verdict: 'failed',
      unmet: ["a minimal configuration spawns kernels from 'jupyter'"],
    });
  });

  it.each([
    ['another sandbox', { sandboxIdAfter: 'sb-z', expected: '101', actual: '101' }],
    ['no sandbox', { expected: '101', actual: '101' }],
    ['a kernel that has forgotten', { sandboxIdAfter: 'sb-a', expected: '101', actual: null }],
  ])('fails when a user has %s after the restart', (_, restart) => {
    const users = [examinedUser('a', { restart }), examinedUser('b')];

    expect(accepted({ users })).toMatchObject({
      verdict: 'failed',
      unmet: ['state survives a restart of the hub'],
    });
  });

  it('is incomplete when a kernel could not be asked after the restart, and says why', () => {
    const restart = { expected: '101', actual: null, error: 'socket closed' };
    const users = [examinedUser('a', { restart }), examinedUser('b')];

    expect(accepted({ users })).toMatchObject({
      verdict: 'incomplete',
      details: ['1 of 2 users; a: socket closed'],
    });
  });

  it('fails when a kernel answers whoever asks', () => {
    const users = [
      examinedUser('a', { forgery: { status: 'answered', kinds: ['unsigned'] } }),
      examinedUser('b'),
    ];

    expect(accepted({ users })).toMatchObject({
      verdict: 'failed',
      details: ['1 of 2 users; a: answers unsigned'],
    });
  });

  it('fails when two users share one mark, and names it', () => {
    const users = [
      examinedUser('a', { marks: { random: 'x', uuid4: '1' } }),
      examinedUser('b', { marks: { random: 'x', uuid4: '2' } }),
    ];

    expect(accepted({ users })).toMatchObject({ verdict: 'failed', details: ['users share: random'] });
  });

  it.each([
    ['one user has nothing to be different from', [examinedUser('a')]],
    ['a mark of one user is missing', [examinedUser('a'), examinedUser('b', { marks: { uuid4: 'z' } })]],
    ['one user shows no marks', [examinedUser('a'), { ...examinedUser('b'), marks: undefined }]],
  ])('is incomplete when %s', (_, users) => {
    const complete = users.map(({ marks, ...user }) => (marks === undefined ? user : { ...user, marks }));

    expect(accepted({ users: complete })).toMatchObject({
      verdict: 'incomplete',
      unmet: ['clones are unique'],
    });
  });

  it('fails on what is left, and is incomplete when that could not be seen', () => {
    const left = (kind: 'process' | 'unknown'): Outcome =>
      accepted({ leftovers: [{ kind, detail: '4711' }] });

    expect([left('process').verdict, left('unknown').verdict]).toEqual(['failed', 'incomplete']);
  });
});
