import { create } from 'xmlbuilder2';

import { judgedRounds } from '../../record/judged-rounds.ts';
import type { Criterion, RoundRecord } from '../../record/run-record.ts';
import type { UserRecord } from '../../record/user-record.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import { failureOf } from '../parts/user-failure.ts';

interface Suite {
  readonly name: string;
  readonly startedAt: string;
  readonly cases: readonly TestCase[];
}

interface TestCase {
  readonly name: string;
  readonly durationMs?: number | undefined;
  readonly problem?: Problem | undefined;
}

/** The elements are JUnit's: a failure is a proof, an error a test that could not be carried out. */
interface Problem {
  readonly element: 'failure' | 'error' | 'skipped';
  readonly type?: string;
  readonly message: string;
  readonly lines?: readonly string[];
}

/** CI is given one suite of the criteria and one of the users of each judged round. */
export function reportJunit(runs: readonly ReportedRun[]): string {
  const document = create({ encoding: 'UTF-8', invalidCharReplacement: '\uFFFD' });
  const root = document.ele('testsuites');
  for (const suite of runs.flatMap(suitesOf)) addSuite(root, suite);
  return `${document.end({ prettyPrint: true })}\n`;
}

function suitesOf({ name, record }: ReportedRun): readonly Suite[] {
  const { startedAt, criteria, rounds } = record;
  const roundSuite = ({ index, users }: RoundRecord): Suite => ({
    name: `${name}: round ${index}`,
    startedAt,
    cases: users.map(userCase),
  });
  return [
    { name: `${name}: criteria`, startedAt, cases: criteria.map(criterionCase) },
    ...judgedRounds(rounds).map(roundSuite),
  ];
}

function criterionCase({ name, status, detail }: Criterion): TestCase {
  switch (status) {
    case 'met':
      return { name };
    case 'missed':
      return { name, problem: { element: 'failure', type: status, message: detail } };
    case 'unknown':
      return { name, problem: { element: 'error', type: status, message: detail } };
    case 'skipped':
      return { name, problem: { element: 'skipped', message: detail } };
  }
}

function userCase(user: UserRecord): TestCase {
  const failure = failureOf(user);
  const problem: Problem | undefined = failure && {
    element: 'failure',
    type: failure.stage,
    message: failure.cause,
    lines: failure.logLines,
  };
  return { name: user.user, durationMs: user.stages.cell1Ms, problem };
}

function addSuite(root: ReturnType<typeof create>, { name, startedAt, cases }: Suite): void {
  const count = (element: Problem['element']): number =>
    cases.filter(({ problem }) => problem?.element === element).length;
  const suite = root.ele('testsuite', {
    name,
    timestamp: startedAt,
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  });
  for (const { name: title, durationMs, problem } of cases) {
    const time = durationMs === undefined ? {} : { time: (durationMs / 1000).toFixed(3) };
    const testCase = suite.ele('testcase', { name: title, classname: name, ...time });
    if (problem === undefined) continue;
    const { element, type, message, lines = [] } = problem;
    testCase
      .ele(element, { ...(type !== undefined && { type }), message })
      .txt([message, ...lines].join('\n'));
  }
}
