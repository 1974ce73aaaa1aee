import type { RunRecord, Statistics } from '../../record/run-record.ts';
import { STAGE_LABELS, START_STAGES, stageKey } from '../../record/stages.ts';
import { MIN_SAMPLES } from '../../stats/statistics.ts';
import { formatMs } from '../../text/format-ms.ts';
import type { Table } from '../../text/table.ts';

/** Every stage over all completed users of the judged rounds, in ms from the moment they were to start at. */
export function stageTable({ summary, plan }: Pick<RunRecord, 'summary' | 'plan'>): Table {
  const stages = START_STAGES.map((stage) => row(STAGE_LABELS[stage], summary[stageKey(stage)]));
  const slowest = row('slowest cell 1 of a round', summary.slowestCell1Ms);
  const { restartMs } = summary;
  const restart = restartMs === undefined ? [] : [row('restart of the kernel, by itself', restartMs)];
  const stop = row('stop, by itself', summary.stopDurationMs);
  const since = plan.arrivals === undefined ? 'ms from the barrier' : 'ms from the intended start';
  return {
    head: [since, 'min', 'p50', 'p50, 95 % sure', 'p95', 'p99', 'max'],
    rows: [...stages, slowest, ...restart, stop],
  };
}

/** Why columns are empty; nothing where none is. */
export function stageTableNote({ summary }: Pick<RunRecord, 'summary'>): readonly string[] {
  const { samples, p50Interval, p95, p99 } = summary.cell1Ms ?? {};
  if (samples === undefined) return [];
  const missing = [
    ...(p50Interval === undefined ? ['the interval of p50 needs 6 rounds'] : []),
    ...(p95 === undefined ? [`p95 needs ${MIN_SAMPLES.p95} samples`] : []),
    ...(p99 === undefined ? [`p99 needs ${MIN_SAMPLES.p99} samples`] : []),
  ];
  return missing.length === 0 ? [] : [`${missing.join(', ')}; a stage has ${samples}`];
}

function row(label: string, statistics: Statistics | undefined): readonly string[] {
  const { min, p50, p50Interval, p95, p99, max } = statistics ?? {};
  return [label, formatMs(min), formatMs(p50), interval(p50Interval), ...[p95, p99, max].map(formatMs)];
}

function interval(bounds: Statistics['p50Interval']): string {
  return bounds === undefined ? '–' : `${formatMs(bounds.low)} to ${formatMs(bounds.high)}`;
}
