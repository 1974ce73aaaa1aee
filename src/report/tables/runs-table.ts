import { countRounds } from '../parts/describe-extent.ts';
import { formatMs } from '../../text/format-ms.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import type { Table } from '../../text/table.ts';

/** One line a run. */
export function runsTable(runs: readonly ReportedRun[]): Table {
  const head = ['run', 'verdict', 'users at once', 'rounds', 'cell 1 done, p50', 'slowest cell 1, p50'];
  const rows = runs.map(({ name, record }) => [
    name,
    record.verdict,
    `${record.plan.users}`,
    `${countRounds(record)}`,
    formatMs(record.summary.cell1Ms?.p50),
    formatMs(record.summary.slowestCell1Ms?.p50),
  ]);
  return { head, rows };
}
