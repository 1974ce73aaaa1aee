import type { Criterion, RoundRecord, Threshold } from '../results/run-record.ts';
import { describeSamples, minSamples } from '../stats/statistics.ts';
import { samplesByRound } from '../stats/summarize.ts';

/** Against the completed users of the judged rounds; unknown where there is no such figure. */
export function judgeThreshold(threshold: Threshold, rounds: readonly RoundRecord[]): Criterion {
  const { text, figure, statistic, inclusive, limitMs } = threshold;
  const statistics = describeSamples(samplesByRound(rounds, figure).flat());
  const valueMs = statistics?.[statistic];
  const name = `threshold ${text}`;
  if (valueMs === undefined)
    return { name, status: 'unknown', detail: whyAbsent(statistic, statistics?.samples) };
  const kept = inclusive ? valueMs <= limitMs : valueMs < limitMs;
  const detail = `${statistic} is ${valueMs.toFixed(1)} ms, the limit ${limitMs.toFixed(1)} ms, samples: ${statistics?.samples ?? 0}`;
  return { name, status: kept ? 'met' : 'missed', detail };
}

function whyAbsent(statistic: Threshold['statistic'], samples = 0): string {
  return `${statistic} needs ${minSamples(statistic)} samples, there are ${samples}`;
}
