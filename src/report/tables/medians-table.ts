import { STAGE_LABELS, START_STAGES, stageKey } from '../../record/stages.ts';
import type { Statistics, Summary } from '../../record/run-record.ts';
import { quotient } from './comparison-table.ts';
import { formatMs } from '../../text/format-ms.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import type { Table } from '../../text/table.ts';

/** Medians of several runs side by side, and of two also how many times the first is the second. */
export function mediansTable(runs: readonly ReportedRun[]): Table {
  const pair = runs.length === 2;
  const row = (label: string, pick: (summary: Summary) => Statistics | undefined): readonly string[] => {
    const medians = runs.map(({ record }) => pick(record.summary)?.p50);
    const [first, second] = medians;
    return [label, ...medians.map(formatMs), ...(pair ? [quotient(second, first)] : [])];
  };
  const head = ['p50, ms', ...runs.map(({ name }) => name), ...(pair ? ['second ÷ first'] : [])];
  const stages = START_STAGES.map((stage) => row(STAGE_LABELS[stage], (one) => one[stageKey(stage)]));
  return { head, rows: [...stages, row('slowest cell 1 of a round', (one) => one.slowestCell1Ms)] };
}
