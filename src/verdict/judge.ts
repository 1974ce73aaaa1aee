import type { Criterion, RunRecord, Verdict } from '../record/run-record.ts';
import { ACCEPTANCE_CRITERIA } from './acceptance-criteria.ts';
import { CRITERIA } from './criteria.ts';
import type { Evidence } from './evidence.ts';
import { OPTIONAL_CRITERIA } from './optional-criteria.ts';
import { thresholdsThat, whyThresholdIsLost } from './thresholds.ts';

export interface Judgement {
  readonly verdict: Verdict;
  readonly criteria: readonly Criterion[];
}

/** A failure outweighs what is missing, which outweighs all that passed. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return (['failed', 'incomplete'] as const).find((one) => verdicts.includes(one)) ?? 'passed';
}

/**
 * A proof of failure outweighs a missing measurement: the run failed whatever the rest would have
 * shown. Who interrupts a run asks for no verdict, whatever it has shown till then.
 */
export function judge(evidence: Evidence): Judgement {
  const checks = [...CRITERIA, ...OPTIONAL_CRITERIA, ...ACCEPTANCE_CRITERIA];
  const criteria = checks.flatMap((check) => check(evidence) ?? []);
  const statuses = new Set(criteria.map(({ status }) => status));
  if (evidence.interrupted === true) return { verdict: 'incomplete', criteria };
  const verdict = statuses.has('missed') ? 'failed' : statuses.has('unknown') ? 'incomplete' : 'passed';
  return { verdict, criteria };
}

/**
 * Why no further round can make the run pass; undefined while one could. A threshold that is missed
 * so far may still be kept in the end, which its samples decide; all else that is missed stays missed.
 */
export function whyLost(evidence: Evidence): string | undefined {
  const { plan, rounds } = evidence;
  const { criteria } = judge({ ...evidence, plan: { ...plan, thresholds: [] } });
  const missed = criteria.find(({ status }) => status === 'missed');
  if (missed !== undefined) return `'${missed.name}' is missed: ${missed.detail}`;
  for (const threshold of thresholdsThat('fail', plan)) {
    const lost = whyThresholdIsLost(threshold, rounds, plan);
    if (lost !== undefined) return `'${threshold.text}' can no longer be kept: ${lost}`;
  }
  return undefined;
}

/** A stored record with what today's criteria say of it; what it holds no evidence of is unknown. */
export function judgeAcceptance(record: RunRecord): RunRecord {
  const { verdict, criteria } = judge({ ...record, acceptance: record.acceptance ?? {} });
  return { ...record, verdict, criteria: [...criteria] };
}
