import { STAGE_LABELS, START_STAGES, stageKey } from '../../record/stages.ts';
import type { UserRecord } from '../../record/user-record.ts';
import { formatMs } from '../../text/format-ms.ts';
import type { Table } from '../../text/table.ts';
import { outcomeOf } from '../parts/user-failure.ts';

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
