import { formatMs } from './format-ms.ts';
import type { ReportedRun } from './reported-run.ts';
import type { Table } from './table.ts';

/** One line a run. */
export function runsTable(runs: readonly ReportedRun[]): Table {
  const head = ['run', 'verdict', 'users at once', 'rounds', 'cell 1 done, p50', 'slowest cell 1, p50'];
  const rows = runs.map(({ name, record: { verdict, plan, summary } }) => [
    name,
    verdict,
    `${plan.users}`,
    `${plan.rounds}`,
    formatMs(summary.cell1Ms?.p50),
    formatMs(summary.slowestCell1Ms?.p50),
  ]);
  return { head, rows };
}
