import type { Statistics } from '../results/run-record.ts';

/** Below this a 95th percentile would be the maximum under another name. */
const MIN_SAMPLES_P95 = 20;

/**
 * Order statistics of durations in ms; undefined, not zero, without samples. The raw samples are
 * all there, so the ranks are exact, which a histogram's are not.
 */
export function describeSamples(samplesMs: readonly number[]): Statistics | undefined {
  const sorted = samplesMs.toSorted((a, b) => a - b);
  const [min, p50, p95, max] = [sorted.at(0), ranked(sorted, 50), ranked(sorted, 95), sorted.at(-1)];
  if (min === undefined || p50 === undefined || max === undefined) return undefined;
  const tail = p95 !== undefined && sorted.length >= MIN_SAMPLES_P95 ? { p95 } : {};
  return { samples: sorted.length, min, p50, ...tail, max };
}

/** The nearest-rank percentile: always a sample, never a value between two. */
export function ranked(sorted: readonly number[], percent: number): number | undefined {
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1];
}
