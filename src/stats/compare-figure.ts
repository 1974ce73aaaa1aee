import { median } from 'simple-statistics';

import { estimateShift } from './rank-test.ts';
import type { FigureName, RoundFigure } from './round-figures.ts';

export type ComparisonVerdict = 'faster' | 'slower' | 'same' | 'inconclusive';

/** What a difference must exceed to count: both of them. */
export interface Margins {
  /** A share of the first run's figure: 0.05 for 5 %. */
  readonly relative: number;
  readonly absoluteMs: number;
}

export interface FigureComparison {
  readonly name: FigureName;
  readonly label: string;
  /** Medians over the rounds. */
  readonly firstMs: number;
  readonly secondMs: number;
  /** Second less first; see `estimateShift`. */
  readonly differenceMs: number;
  /** Where that difference is with 95 % confidence; null where so few rounds allow none. */
  readonly intervalMs: { readonly low: number; readonly high: number } | null;
  readonly pValue: number;
  /** What the difference must reach to count, with the runs' drift. */
  readonly marginMs: number;
  readonly verdict: ComparisonVerdict;
}

interface Judging extends Margins {
  /** How often two runs of the same thing may be told apart by chance. */
  readonly alpha: number;
  /** The share by which everything may differ between the runs, whatever was measured: 0.05 for 5 %. */
  readonly drift?: number;
}

export function compareFigure(
  { name, label, valuesMs: first }: RoundFigure,
  { valuesMs: second }: RoundFigure,
  { relative, absoluteMs, alpha, drift = 0 }: Judging,
): FigureComparison {
  const [firstMs, secondMs] = [median([...first]), median([...second])];
  const sameMs = Math.max(absoluteMs, relative * firstMs);
  const marginMs = sameMs + drift * firstMs;
  const { estimate: differenceMs, interval = null, pValue } = estimateShift(first, second);
  const compared = { name, label, firstMs, secondMs, differenceMs, intervalMs: interval, pValue, marginMs };
  return { ...compared, verdict: judgeFigure(compared, alpha, sameMs) };
}

/** Told apart means both: not by chance, and by more than the margin. That the runs drift makes nothing the same. */
function judgeFigure(
  { differenceMs, intervalMs, pValue, marginMs }: Omit<FigureComparison, 'verdict'>,
  alpha: number,
  sameMs: number,
): ComparisonVerdict {
  if (pValue <= alpha && Math.abs(differenceMs) >= marginMs) return differenceMs > 0 ? 'slower' : 'faster';
  const same = intervalMs !== null && intervalMs.low > -sameMs && intervalMs.high < sameMs;
  return same ? 'same' : 'inconclusive';
}
