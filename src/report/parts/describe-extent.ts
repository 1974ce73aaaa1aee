import { judgedRounds } from '../../record/judged-rounds.ts';
import type { PlanRecord, RunRecord } from '../../record/run-record.ts';

const MS_PER_S = 1000;

/** How long a run was to go on. */
export function describeExtent({
  rounds,
  durationMs = 0,
}: Pick<PlanRecord, 'rounds' | 'durationMs'>): string {
  return rounds === undefined ? `judged rounds for ${durationMs / MS_PER_S} s` : `${rounds} judged rounds`;
}

/** The judged rounds that were planned; of a run that was to go on for a time, those that were run. */
export function countRounds({ plan, rounds }: Pick<RunRecord, 'plan' | 'rounds'>): number {
  return plan.rounds ?? judgedRounds(rounds).length;
}
