import type { Statistics, Threshold } from '../record/run-record.ts';
import { medianInterval } from './median-interval.ts';

/** Below these a percentile would be the maximum under another name. */
export const MIN_SAMPLES = { p95: 20, p99: 100 } as const;

const PERCENT = { p50: 50, p95: 95, p99: 99 } as const;

/** How many samples there must be for a statistic of them. */
export function minSamples(statistic: string): number {
  return statistic === 'p95' || statistic === 'p99' ? MIN_SAMPLES[statistic] : 1;
}

/**
 * Order statistics of durations in ms; undefined, not zero, without samples. The raw samples are
 * all there, so the ranks are exact, which a histogram's are not.
 */
export function describeSamples(samplesMs: readonly number[]): Statistics | undefined {
  const sorted = samplesMs.toSorted((a, b) => a - b);
  const [min, p50, max] = [sorted.at(0), ranked(sorted, 50), sorted.at(-1)];
  if (min === undefined || p50 === undefined || max === undefined) return undefined;
  return { samples: sorted.length, min, p50, ...tail(sorted, 'p95', 95), ...tail(sorted, 'p99', 99), max };
}

/** The same of samples that came in rounds, with an interval of the median where there are enough of them. */
export function describeRounds(roundsMs: readonly (readonly number[])[]): Statistics | undefined {
  const statistics = describeSamples(roundsMs.flat());
  const p50Interval = medianInterval(roundsMs);
  return statistics && { ...statistics, ...(p50Interval && { p50Interval }) };
}

/** How many of so many samples may be beyond a limit that their statistic is to keep. */
export function mostBeyond(statistic: Threshold['statistic'], samples: number): number {
  if (statistic === 'max') return 0;
  if (statistic === 'min') return samples - 1;
  return Math.floor(samples * (1 - PERCENT[statistic] / 100));
}

/** The nearest-rank percentile: always a sample, never a value between two. */
export function ranked(sorted: readonly number[], percent: number): number | undefined {
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1];
}

function tail(
  sorted: readonly number[],
  name: keyof typeof MIN_SAMPLES,
  percent: number,
): Partial<Statistics> {
  const value = ranked(sorted, percent);
  return sorted.length < MIN_SAMPLES[name] || value === undefined ? {} : { [name]: value };
}
