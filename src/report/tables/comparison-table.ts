import type { ComparisonRecord, RunRecord, Statistics, Summary } from '../../record/run-record.ts';
import { STAGE_LABELS, START_STAGES, stageKey } from '../../record/stages.ts';
import { formatMs } from '../../text/format-ms.ts';
import type { Table } from '../../text/table.ts';

/** Medians of ours, the floor and the baseline, which took turns; nothing where nothing was compared. */
export function comparisonTable({ summary, comparisons }: RunRecord): readonly Table[] {
  const { floor, baseline } = comparisons ?? {};
  if (floor === undefined && baseline === undefined) return [];
  const column = (record: ComparisonRecord | undefined): readonly (Summary | undefined)[] =>
    record === undefined ? [] : [record.summary];
  const all = [summary, ...column(floor), ...column(baseline)];
  const head = [
    'p50, ms',
    'ours',
    ...(floor === undefined ? [] : ['floor']),
    ...(baseline === undefined ? [] : ['baseline']),
    ...(floor === undefined ? [] : ['ours ÷ floor']),
    ...(baseline === undefined ? [] : ['baseline ÷ ours']),
  ];
  const row = (
    label: string,
    pick: (one: Summary) => Statistics | undefined,
    statistic: 'p50' | 'p95' = 'p50',
  ): readonly string[] => {
    const value = (one: Summary | undefined) => (one === undefined ? undefined : pick(one)?.[statistic]);
    const ours = value(summary);
    return [
      label,
      ...all.map((one) => formatMs(value(one))),
      ...(floor === undefined ? [] : [compared(floor, () => quotient(ours, value(floor.summary)))]),
      ...(baseline === undefined ? [] : [compared(baseline, () => quotient(value(baseline.summary), ours))]),
    ];
  };
  const stages = START_STAGES.map((stage) => row(STAGE_LABELS[stage], (one) => one[stageKey(stage)]));
  const slowest = row('slowest cell 1 of a round', (one) => one.slowestCell1Ms);
  const restarts =
    summary.restartMs === undefined
      ? []
      : [
          row('restart of the kernel, by itself', (one) => one.restartMs),
          row('restart of the kernel, p95', (one) => one.restartMs, 'p95'),
        ];
  return [{ head, rows: [...stages, slowest, ...restarts] }];
}

/** Nothing where some of their users did not get through. */
function compared({ oursPerTheirs }: ComparisonRecord, ratio: () => string): string {
  return oursPerTheirs.slowestCell1 === undefined ? '–' : ratio();
}

export function quotient(dividend: number | undefined, divisor: number | undefined): string {
  if (dividend === undefined || divisor === undefined || divisor === 0) return '–';
  const value = dividend / divisor;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ×`;
}
