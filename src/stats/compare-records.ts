import { median } from 'simple-statistics';

import type { Comparison } from '../record/comparison.ts';
import type { RoundRecord, RunRecord } from '../record/run-record.ts';
import {
  compareFigure,
  type ComparisonVerdict,
  type FigureComparison,
  type Margins,
} from './compare-figure.ts';
import { samplesNeeded } from './rank-test.ts';
import { completeRounds, type RoundFigure, roundFigures } from './round-figures.ts';

/** The command line says what they are by default, too. */
export const DEFAULT_MARGINS: Margins = { relative: 0.05, absoluteMs: 12 };

/** How often two runs of the same thing may be told apart by chance, over all figures together. */
const FALSE_ALARMS = 0.02;

/** What was measured in turns with both runs and came out differently: the machine did, or the hub. */
interface MovedControl {
  readonly name: Comparison;
  readonly verdict: 'slower' | 'faster';
  readonly firstMs: number;
  readonly differenceMs: number;
}

export interface RecordsComparison {
  readonly verdict: ComparisonVerdict;
  readonly figures: readonly FigureComparison[];
  readonly movedControls: readonly MovedControl[];
  /** Complete judged rounds. */
  readonly rounds: { readonly first: number; readonly second: number };
  /** The share by which the floor differs between the runs: what was measured may have, too. */
  readonly drift: number;
  /** The level of each figure's test; with so many figures, one in fifty comparisons of the same is wrong. */
  readonly alpha: number;
}

type Measured = Pick<RunRecord, 'rounds' | 'comparisons'>;

/** Whether the second run is slower or faster than the first. That they can be compared at all is checked before. */
export function compareRecords(
  first: Measured,
  second: Measured,
  margins: Margins = DEFAULT_MARGINS,
): RecordsComparison {
  const [ours, theirs] = [completeRounds(first.rounds), completeRounds(second.rounds)];
  const pairs = pairFigures(ours, theirs);
  const alpha = FALSE_ALARMS / pairs.length;
  const drift = driftBetween(first, second);
  const figures = pairs.map(([one, other]) => compareFigure(one, other, { ...margins, alpha, drift }));
  const movedControls = findMovedControls(first, second, margins);
  return {
    verdict: conclude(figures, movedControls),
    ...{ figures, movedControls, alpha, drift },
    rounds: { first: ours.length, second: theirs.length },
  };
}

/** Complete rounds that each run needs before any of the figures could be told apart. */
export function roundsNeeded({ alpha }: RecordsComparison): number {
  return samplesNeeded(alpha);
}

function pairFigures(
  first: readonly RoundRecord[],
  second: readonly RoundRecord[],
): readonly (readonly [RoundFigure, RoundFigure])[] {
  const others = new Map(roundFigures(second).map((figure) => [figure.name, figure]));
  return roundFigures(first).flatMap((figure) => {
    const other = others.get(figure.name);
    return other === undefined ? [] : [[figure, other] as const];
  });
}

/**
 * A run is a little slower or faster than the next one as a whole: where its memory lies, what else
 * the machine does in that minute. Its rounds can't show that, for they all share it; the floor does.
 */
function driftBetween(first: Measured, second: Measured): number {
  const [before, after] = [first, second].map((one) => controlTotals(one, 'floor'));
  if (before === undefined || after === undefined) return 0;
  return Math.abs(median([...after.valuesMs]) / median([...before.valuesMs]) - 1);
}

function controlTotals({ comparisons }: Measured, name: Comparison): RoundFigure | undefined {
  const rounds = completeRounds(comparisons?.[name]?.rounds ?? []);
  return roundFigures(rounds).find((figure) => figure.name === 'total');
}

function findMovedControls(first: Measured, second: Measured, margins: Margins): readonly MovedControl[] {
  return (['floor', 'baseline'] as const).flatMap((name) => {
    const [before, after] = [first, second].map((one) => controlTotals(one, name));
    if (before === undefined || after === undefined) return [];
    const judging = { ...margins, alpha: FALSE_ALARMS };
    const { verdict, firstMs, differenceMs } = compareFigure(before, after, judging);
    return verdict === 'slower' || verdict === 'faster' ? [{ name, verdict, firstMs, differenceMs }] : [];
  });
}

/**
 * One slower figure makes a run slower. Where others are faster, time has moved from one stage to
 * another, and the whole way decides. What a control lost too was not lost by what was measured.
 */
function conclude(
  figures: readonly FigureComparison[],
  movedControls: readonly MovedControl[],
): ComparisonVerdict {
  const verdicts = new Set(figures.map(({ verdict }) => verdict));
  const moved = (['slower', 'faster'] as const).filter((verdict) => verdicts.has(verdict));
  const [only, other] = moved;
  if (only === undefined) return verdicts.size === 1 && verdicts.has('same') ? 'same' : 'inconclusive';
  const verdict = other === undefined ? only : totalOf(figures);
  return movedControls.some((control) => control.verdict === verdict) ? 'inconclusive' : verdict;
}

function totalOf(figures: readonly FigureComparison[]): ComparisonVerdict {
  return figures.find(({ name }) => name === 'total')?.verdict ?? 'inconclusive';
}
