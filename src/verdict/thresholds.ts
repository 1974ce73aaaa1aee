import type { Criterion, PlanRecord, RoundRecord, Threshold } from '../record/run-record.ts';
import { describeSamples, minSamples, mostBeyond } from '../stats/statistics.ts';
import { samplesByRound } from '../stats/summarize.ts';

/** How many samples there can be at most; without `rounds` nobody knows. */
export type Planned = Pick<PlanRecord, 'users' | 'rounds'>;

/** Those whose miss fails the run, or those whose miss only warns. */
export function thresholdsThat(
  consequence: Threshold['onMiss'],
  { thresholds = [] }: Pick<PlanRecord, 'thresholds'>,
): readonly Threshold[] {
  return thresholds.filter(({ onMiss }) => onMiss === consequence);
}

/** The threshold is judged by the completed users of the judged rounds; unknown where there is no such figure. */
export function judgeThreshold(
  threshold: Threshold,
  rounds: readonly RoundRecord[],
  planned: Planned,
): Criterion {
  const { text, statistic, limitMs } = threshold;
  const name = `threshold ${text}`;
  const samplesMs = samplesOf(threshold, rounds);
  const statistics = describeSamples(samplesMs);
  const valueMs = statistics?.[statistic];
  if (valueMs === undefined) {
    const lost = whyThresholdIsLost(threshold, rounds, planned);
    if (lost !== undefined) return { name, status: 'missed', detail: lost };
    return { name, status: 'unknown', detail: whyAbsent(statistic, samplesMs.length) };
  }
  const detail = `${statistic} is ${valueMs.toFixed(1)} ms, the limit ${limitMs.toFixed(1)} ms, samples: ${samplesMs.length}`;
  return { name, status: isKept(threshold, valueMs) ? 'met' : 'missed', detail };
}

/** Why no further sample can keep it; undefined while some could. */
export function whyThresholdIsLost(
  threshold: Threshold,
  rounds: readonly RoundRecord[],
  planned: Planned,
): string | undefined {
  const { figure, statistic, limitMs } = threshold;
  const perRound = figure === 'slowestCell1Ms' ? 1 : planned.users;
  const most = perRound * (planned.rounds ?? Infinity);
  const beyond = samplesOf(threshold, rounds).filter((ms) => !isKept(threshold, ms)).length;
  const allowed = mostBeyond(statistic, most);
  if (beyond <= allowed) return undefined;
  return `${beyond} samples are beyond ${limitMs.toFixed(1)} ms, of ${Number.isFinite(most) ? most : 'any number'} only ${allowed} may be`;
}

function samplesOf({ figure }: Threshold, rounds: readonly RoundRecord[]): readonly number[] {
  return samplesByRound(rounds, figure).flat();
}

function isKept({ inclusive, limitMs }: Threshold, ms: number): boolean {
  return inclusive ? ms <= limitMs : ms < limitMs;
}

function whyAbsent(statistic: Threshold['statistic'], samples: number): string {
  return `${statistic} needs ${minSamples(statistic)} samples, there are ${samples}`;
}
