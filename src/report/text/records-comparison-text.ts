import type { RunRecord } from '../../record/run-record.ts';
import type { FigureComparison } from '../../stats/compare-figure.ts';
import type { RecordsComparison } from '../../stats/compare-records.ts';
import { roundsNeeded } from '../../stats/compare-records.ts';
import { countRounds } from '../parts/describe-extent.ts';
import { formatMs } from '../../text/format-ms.ts';
import { plainTable } from '../../text/plain-table.ts';
import type { Table } from '../../text/table.ts';

export interface ComparedRecord {
  readonly path: string;
  readonly record: RunRecord;
}

/** What a person reads of a comparison: who was compared, figure by figure, and the verdict with its reasons last. */
export function recordsComparisonText(
  first: ComparedRecord,
  second: ComparedRecord,
  { comparison, warnings }: { readonly comparison: RecordsComparison; readonly warnings: readonly string[] },
): string {
  return [
    [`first:  ${sourceOf(first)}`, `second: ${sourceOf(second)}`].join('\n'),
    plainTable(figureTable(comparison.figures)),
    ...(warnings.length === 0 ? [] : [warnings.map((text) => `warning: ${text}`).join('\n')]),
    [`verdict: ${comparison.verdict}`, ...reasonsOf(comparison).map((text) => `  ${text}`)].join('\n'),
  ].join('\n\n');
}

function sourceOf({ path, record }: ComparedRecord): string {
  const { backend, plan, environment } = record;
  const commit = environment.gitCommit === undefined ? '' : `, commit ${environment.gitCommit.slice(0, 7)}`;
  return `${path} (${backend.kind}, ${plan.users} users, ${countRounds(record)} rounds${commit})`;
}

function figureTable(figures: readonly FigureComparison[]): Table {
  const rows = figures.map((figure) => [
    figure.label,
    formatMs(figure.firstMs),
    formatMs(figure.secondMs),
    signed(figure.differenceMs),
    figure.intervalMs === null
      ? '–'
      : `${signed(figure.intervalMs.low)} to ${signed(figure.intervalMs.high)}`,
    figure.pValue < 0.0001 ? '< 0.0001' : figure.pValue.toFixed(4),
    formatMs(figure.marginMs),
    figure.verdict,
  ]);
  return { head: ['ms by itself, p50', 'first', 'second', 'difference', '95 %', 'p', 'margin', ''], rows };
}

/** Less is not worth a line. */
const SHOWN_DRIFT = 0.01;

/** Why it is this verdict; what would settle it where it is inconclusive. */
function reasonsOf(comparison: RecordsComparison): readonly string[] {
  const { figures, verdict, rounds, alpha, movedControls, drift } = comparison;
  const told = figures.filter((figure) => figure.verdict === 'slower' || figure.verdict === 'faster');
  const needed = roundsNeeded(comparison);
  return [
    ...told.map((figure) => `${figure.label} is ${figure.verdict}: ${change(figure)}`),
    ...movedControls.map(
      (control) =>
        `the ${control.name}, measured in turns, is ${control.verdict} too (${change(control)}): the machine or the hub differed`,
    ),
    ...(drift >= SHOWN_DRIFT
      ? [
          `the floor differs by ${(drift * 100).toFixed(0)} % between the runs, which widens each margin by as much`,
        ]
      : []),
    ...(verdict === 'same' ? ['no figure differs by its margin, with 95 % confidence'] : []),
    ...(verdict === 'inconclusive' && Math.min(rounds.first, rounds.second) < needed
      ? [
          `${rounds.first} and ${rounds.second} complete rounds are too few: nothing can be told apart below ${needed} each`,
        ]
      : []),
    ...(verdict === 'inconclusive' && told.length === 0
      ? [
          `no figure has p up to ${alpha.toFixed(4)} and a difference of its margin, and not all are shown to be the same`,
        ]
      : []),
    ...(verdict === 'inconclusive' && movedControls.length === 0
      ? ['more rounds (bench --rounds) narrow the intervals']
      : []),
  ];
}

function change({ firstMs, differenceMs }: Pick<FigureComparison, 'firstMs' | 'differenceMs'>): string {
  const percent = firstMs > 0 ? `, ${signed((differenceMs / firstMs) * 100)} %` : '';
  return `${signed(differenceMs)} ms${percent}`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${formatMs(Math.abs(value))}`;
}
