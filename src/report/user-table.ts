import { STAGE_LABELS, stageKey } from '../results/stages.ts';
import type { UserRecord } from '../results/user-record.ts';
import { formatMs } from './format-ms.ts';
import { START_STAGES } from './stage-bars.ts';
import type { Table } from './table.ts';
import { outcomeOf } from './user-failure.ts';

/** One line a user: how it ended, and when each stage was over. */
export function userTable(users: readonly UserRecord[]): Table {
  const head = ['user', 'outcome', ...START_STAGES.map((stage) => STAGE_LABELS[stage])];
  const rows = users.map((user) => [
    user.user,
    outcomeOf(user),
    ...START_STAGES.map((stage) => formatMs(user.stages[stageKey(stage)])),
  ]);
  return { head, rows };
}
