import { STAGES, stageKey } from '../results/stages.ts';
import type { UserRecord } from '../results/user-record.ts';
import { measuredRounds } from './measured-rounds.ts';
import type { ReportedRun } from './reported-run.ts';
import { failureOf } from './user-failure.ts';

/** For programs: one JSON object a line, for each stage that a user reached and for each failure. */
export function reportNdjson(runs: readonly ReportedRun[]): string {
  const lines = runs.flatMap(({ name, record }) =>
    measuredRounds(record).flatMap(({ measured, round: { index, warmup, users } }) =>
      users.flatMap((user) => {
        const head = {
          run: name,
          measured,
          usersAtOnce: record.plan.users,
          round: index,
          warmup,
          user: user.user,
        };
        return [...samplesOf(user), ...failuresOf(user)].map((line) => ({ ...head, ...line }));
      }),
    ),
  );
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function samplesOf({ stages }: UserRecord): readonly object[] {
  return STAGES.flatMap((stage) => {
    const fromBarrierMs = stages[stageKey(stage)];
    return fromBarrierMs === undefined ? [] : [{ type: 'sample', stage, fromBarrierMs }];
  });
}

function failuresOf(user: UserRecord): readonly object[] {
  const failure = failureOf(user);
  return failure === undefined ? [] : [{ type: 'failure', outcome: user.outcome, ...failure }];
}
