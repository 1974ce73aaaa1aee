import { build } from 'hdr-histogram-js';

import type { Statistics } from '../results/run-record.ts';

/** Below this a 95th percentile would be the maximum under another name. */
const MIN_SAMPLES_P95 = 20;

/** The histogram counts whole units, four digits of each: a hundredth of a millisecond is finer than any clock jitter. */
const UNITS_PER_MS = 100;

/** Order statistics of durations in ms (nearest rank); undefined, not zero, without samples. */
export function describeSamples(samplesMs: readonly number[]): Statistics | undefined {
  if (samplesMs.length === 0) return undefined;
  const percentile = percentilesOf(samplesMs);
  return {
    samples: samplesMs.length,
    min: Math.min(...samplesMs),
    p50: percentile(50),
    ...(samplesMs.length >= MIN_SAMPLES_P95 && { p95: percentile(95) }),
    max: Math.max(...samplesMs),
  };
}

/** The histogram finds the rank; the answer is the sample at that rank, free of the histogram's rounding. */
function percentilesOf(samplesMs: readonly number[]): (percent: number) => number {
  const histogram = build({ numberOfSignificantValueDigits: 4, autoResize: true });
  for (const sampleMs of samplesMs) histogram.recordValue(Math.round(sampleMs * UNITS_PER_MS));
  return (percent) => nearestSample(samplesMs, histogram.getValueAtPercentile(percent) / UNITS_PER_MS);
}

function nearestSample(samplesMs: readonly number[], valueMs: number): number {
  return samplesMs.reduce((best, next) =>
    Math.abs(next - valueMs) < Math.abs(best - valueMs) ? next : best,
  );
}
