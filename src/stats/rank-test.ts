import { errorFunction } from 'simple-statistics';

/** Up to here all orders of the ranks are counted, beyond that they are close to normal. */
const MAX_COUNTED = 30;

/** What two independent samples say about how far the second lies above the first. */
export interface Shift {
  /** Hodges–Lehmann: the median of all differences between one of the second and one of the first. */
  readonly estimate: number;
  /** Where that estimate is with 95 % confidence; absent where so few samples allow none. */
  readonly interval: { readonly low: number; readonly high: number } | undefined;
  /** Two-sided, of Wilcoxon and Mann–Whitney's rank-sum test. */
  readonly pValue: number;
}

/** The interval has this confidence; a test that is one of many is told apart at less. */
const CONFIDENCE = 0.95;

/**
 * The rank-sum test and the interval that belongs to it: 0 lies outside of the interval exactly where
 * the test rejects at 5 %. Neither asks for a distribution, so both hold for a handful of samples.
 * ref: Hollander, Wolfe, Chicken, Nonparametric Statistical Methods, 4.1 to 4.3
 */
export function estimateShift(first: readonly number[], second: readonly number[]): Shift {
  const differences = Float64Array.from(second.flatMap((b) => first.map((a) => b - a))).sort();
  const atMost = rankSumTail(first.length, second.length);
  return {
    estimate: middle(differences),
    interval: intervalOf(differences, criticalCount(atMost, 1 - CONFIDENCE)),
    pValue: Math.min(1, 2 * atMost(Math.floor(smallerCount(differences)))),
  };
}

/** How many rounds each of two runs needs before any difference could be told at `alpha`. */
export function samplesNeeded(alpha: number): number {
  let samples = 1;
  while (2 * rankSumTail(samples, samples)(0) > alpha) samples += 1;
  return samples;
}

/** The pairs that speak for the less likely direction; a tie speaks half for each. */
function smallerCount(differences: Float64Array): number {
  const count = differences.reduce((sum, difference) => sum + (1 + Math.sign(difference)) / 2, 0);
  return Math.min(count, differences.length - count);
}

/** The largest count that is rejected; undefined where even 0 isn't. */
function criticalCount(atMost: (count: number) => number, alpha: number): number | undefined {
  let critical = -1;
  while (2 * atMost(critical + 1) <= alpha) critical += 1;
  return critical < 0 ? undefined : critical;
}

function intervalOf(differences: Float64Array, critical: number | undefined): Shift['interval'] {
  if (critical === undefined) return undefined;
  const [low, high] = [differences.at(critical), differences.at(-1 - critical)];
  return low === undefined || high === undefined ? undefined : { low, high };
}

function middle(sorted: Float64Array): number {
  const upper = sorted.at(Math.floor(sorted.length / 2)) ?? Number.NaN;
  const lower = sorted.at(Math.ceil(sorted.length / 2) - 1) ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The same for all figures of a comparison, and the costly part of it. */
const counted = new Map<string, readonly number[]>();

/** The probability of at most so many pairs where nothing differs. */
function rankSumTail(first: number, second: number): (count: number) => number {
  if (Math.max(first, second) > MAX_COUNTED) return normalTail(first, second);
  const key = `${first} ${second}`;
  const cumulative = counted.get(key) ?? accumulate(countShares(first, second));
  counted.set(key, cumulative);
  return (count) => cumulative[count] ?? 1;
}

function accumulate(shares: Iterable<number>): readonly number[] {
  let sum = 0;
  return Array.from(shares, (share) => (sum += share));
}

/**
 * The share of all orders that has each count. Whose the largest sample is decides: one of the
 * second's lies above none that is left out, one of the first's above all of the second's.
 */
function countShares(first: number, second: number): Float64Array {
  let rows: Float64Array[] = Array.from({ length: second + 1 }, () => Float64Array.of(1));
  for (let i = 1; i <= first; i += 1) {
    const next: Float64Array[] = [Float64Array.of(1)];
    for (let j = 1; j <= second; j += 1) {
      next.push(mixed(rows[j], next[j - 1], { i, j }));
    }
    rows = next;
  }
  return rows[second] ?? Float64Array.of(1);
}

function mixed(
  withoutFirst: Float64Array = new Float64Array(),
  withoutSecond: Float64Array = new Float64Array(),
  { i, j }: { readonly i: number; readonly j: number },
): Float64Array {
  return Float64Array.from({ length: i * j + 1 }, (_, count) => {
    const largestIsFirst = (withoutFirst[count - j] ?? 0) * i;
    const largestIsSecond = (withoutSecond[count] ?? 0) * j;
    return (largestIsFirst + largestIsSecond) / (i + j);
  });
}

function normalTail(first: number, second: number): (count: number) => number {
  const mean = (first * second) / 2;
  const deviation = Math.sqrt((first * second * (first + second + 1)) / 12);
  return (count) => (1 + errorFunction((count + 0.5 - mean) / deviation / Math.SQRT2)) / 2;
}
