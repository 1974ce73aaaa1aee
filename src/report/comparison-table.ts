import type { ComparisonRecord, RunRecord, Statistics, Summary } from '../results/run-record.ts';
import { STAGE_LABELS, STAGES, stageKey } from '../results/stages.ts';
import { formatMs } from './format-ms.ts';
import type { Table } from './table.ts';

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
  const row = (label: string, pick: (one: Summary) => Statistics | undefined): readonly string[] => {
    const ours = pick(summary)?.p50;
    return [
      label,
      ...all.map((one) => formatMs(one === undefined ? undefined : pick(one)?.p50)),
      ...(floor === undefined ? [] : [compared(floor, () => quotient(ours, pick(floor.summary)?.p50))]),
      ...(baseline === undefined
        ? []
        : [compared(baseline, () => quotient(pick(baseline.summary)?.p50, ours))]),
    ];
  };
  const stages = STAGES.filter((stage) => stage !== 'stopped').map((stage) =>
    row(STAGE_LABELS[stage], (one) => one[stageKey(stage)]),
  );
  const slowest = row('slowest cell 1 of a round', (one) => one.slowestCell1Ms);
  return [{ head, rows: [...stages, slowest] }];
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
