import { judgedRounds } from '../../record/judged-rounds.ts';
import type { RoundRecord } from '../../record/run-record.ts';
import type { UserRecord } from '../../record/user-record.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import { failureOf } from '../parts/user-failure.ts';
import {
  criterionCase,
  type JunitCase,
  junitDocument,
  type JunitProblem,
  type JunitSuite,
} from './junit-document.ts';

/** CI is given one suite of the criteria and one of the users of each judged round. */
export function reportJunit(runs: readonly ReportedRun[]): string {
  return junitDocument(runs.flatMap(suitesOf));
}

function suitesOf({ name, record }: ReportedRun): readonly JunitSuite[] {
  const { startedAt, criteria, rounds } = record;
  const roundSuite = ({ index, users }: RoundRecord): JunitSuite => ({
    name: `${name}: round ${index}`,
    startedAt,
    cases: users.map(userCase),
  });
  return [
    { name: `${name}: criteria`, startedAt, cases: criteria.map(criterionCase) },
    ...judgedRounds(rounds).map(roundSuite),
  ];
}

function userCase(user: UserRecord): JunitCase {
  const failure = failureOf(user);
  const problem: JunitProblem | undefined = failure && {
    element: 'failure',
    type: failure.stage,
    message: failure.cause,
    lines: failure.logLines,
  };
  return { name: user.user, durationMs: user.stages.cell1Ms, problem };
}
