import { stringify } from 'csv-stringify/sync';

import { STAGES, stageKey } from '../../record/stages.ts';
import { measuredRounds } from '../parts/measured-rounds.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import { failureOf, outcomeOf } from '../parts/user-failure.ts';

const HEAD = ['run', 'measured', 'users_at_once', 'round', 'warmup', 'user', 'outcome'] as const;
const TAIL = ['stop_duration_ms', 'failed_stage', 'cause', 'restart_ms'] as const;

/** The table for spreadsheets has one line a user of a round. A stage that was not reached is empty. */
export function reportCsv(runs: readonly ReportedRun[]): string {
  const columns = [...HEAD, ...STAGES.map((stage) => `${snakeCase(stage)}_ms`), ...TAIL];
  // A user's name that a spreadsheet would take for a formula is written as text.
  return stringify(runs.flatMap(linesOf), { columns, header: true, escape_formulas: true });
}

function linesOf({ name, record }: ReportedRun): readonly (readonly (string | number | undefined)[])[] {
  return measuredRounds(record).flatMap(({ measured, round }) =>
    round.users.map((user) => {
      const failure = failureOf(user);
      return [
        ...[name, measured, record.plan.users, round.index, String(round.warmup), user.user, outcomeOf(user)],
        ...STAGES.map((stage) => user.stages[stageKey(stage)]),
        ...[user.stopDurationMs, failure?.stage, failure?.cause, user.restartMs],
      ];
    }),
  );
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
