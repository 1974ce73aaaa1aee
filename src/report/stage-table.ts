import type { RunRecord, Statistics } from '../results/run-record.ts';
import { STAGE_LABELS, STAGES, stageKey } from '../results/stages.ts';
import { formatMs } from './format-ms.ts';
import { plainTable } from './plain-table.ts';

/** Every stage over all completed users of the judged rounds, in ms from the moment they were to start at. */
export function stageTable({ summary, plan }: Pick<RunRecord, 'summary' | 'plan'>): string {
  const stages = STAGES.filter((stage) => stage !== 'stopped').map((stage) =>
    row(STAGE_LABELS[stage], summary[stageKey(stage)]),
  );
  return plainTable(
    [
      plan.arrivals === undefined ? 'ms from the barrier' : 'ms from the intended start',
      'min',
      'p50',
      'p95',
      'max',
    ],
    [
      ...stages,
      row('slowest cell 1 of a round', summary.slowestCell1Ms),
      row('stop, by itself', summary.stopDurationMs),
    ],
  );
}

function row(label: string, statistics: Statistics | undefined): readonly string[] {
  const { min, p50, p95, max } = statistics ?? {};
  return [label, ...[min, p50, p95, max].map(formatMs)];
}
