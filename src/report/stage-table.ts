import type { RunRecord, Statistics } from '../results/run-record.ts';
import { STAGE_LABELS, STAGES, stageKey } from '../results/stages.ts';
import { formatMs } from './format-ms.ts';
import type { Table } from './table.ts';

/** Every stage over all completed users of the judged rounds, in ms from the moment they were to start at. */
export function stageTable({ summary, plan }: Pick<RunRecord, 'summary' | 'plan'>): Table {
  const stages = STAGES.filter((stage) => stage !== 'stopped').map((stage) =>
    row(STAGE_LABELS[stage], summary[stageKey(stage)]),
  );
  const slowest = row('slowest cell 1 of a round', summary.slowestCell1Ms);
  const stop = row('stop, by itself', summary.stopDurationMs);
  const since = plan.arrivals === undefined ? 'ms from the barrier' : 'ms from the intended start';
  return { head: [since, 'min', 'p50', 'p95', 'max'], rows: [...stages, slowest, stop] };
}

function row(label: string, statistics: Statistics | undefined): readonly string[] {
  const { min, p50, p95, max } = statistics ?? {};
  return [label, ...[min, p50, p95, max].map(formatMs)];
}
