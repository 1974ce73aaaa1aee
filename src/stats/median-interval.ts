import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Below this not even the smallest and the largest of all rounds enclose the median with 95 %: 1 − 2 · ½⁵ = 94 %. */
const MIN_ROUNDS = 6;
const RESAMPLES = 1000;
const TAIL = 0.025;
/** The same samples always give the same interval. */
const SEED = 1;

interface Sample {
  readonly value: number;
  readonly round: number;
}

/**
 * A 95 % interval of the median over all users, by the bootstrap. Whole rounds are drawn, with all of
 * their users: those of a round are alike, and drawn one by one they would make the interval too narrow.
 * Undefined where the rounds are too few.
 */
export function medianInterval(
  rounds: readonly (readonly number[])[],
): { readonly low: number; readonly high: number } | undefined {
  const filled = rounds.filter((round) => round.length > 0);
  if (filled.length < MIN_ROUNDS) return undefined;
  const sorted = filled
    .flatMap((values, round) => values.map((value) => ({ value, round })))
    .toSorted((a, b) => a.value - b.value);
  const medians = Float64Array.from({ length: RESAMPLES }, resampler(filled, sorted)).sort();
  const rank = Math.floor(TAIL * RESAMPLES);
  const [low, high] = [medians.at(rank), medians.at(-1 - rank)];
  return low === undefined || high === undefined ? undefined : { low, high };
}

function resampler(rounds: readonly (readonly number[])[], sorted: readonly Sample[]): () => number {
  const random = xoroshiro128plus(SEED);
  return () => {
    const drawn = rounds.map(() => uniformInt(random, 0, rounds.length - 1));
    const times = rounds.map(() => 0);
    for (const round of drawn) times[round] = (times[round] ?? 0) + 1;
    const count = drawn.reduce((sum, round) => sum + (rounds[round]?.length ?? 0), 0);
    return weightedMedian(sorted, times, count);
  };
}

/** The nearest rank, as everywhere; sorting once is enough, since only how often a round counts changes. */
function weightedMedian(sorted: readonly Sample[], times: readonly number[], count: number): number {
  let seen = 0;
  for (const { value, round } of sorted) {
    seen += times[round] ?? 0;
    if (seen >= count / 2) return value;
  }
  return Number.NaN;
}
