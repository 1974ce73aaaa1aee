import { type Stage, STAGES, stageKey } from '../../record/stages.ts';
import type { UserRecord } from '../../record/user-record.ts';

/** A stage of one user, from the end of the one before, in ms from the barrier. */
export interface StageBar {
  readonly stage: Stage;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The stages of a start. The stop isn't one: when it begins says nothing of the user's start. */
export const START_STAGES: readonly Stage[] = STAGES.filter((stage) => stage !== 'stopped');

/** The stages that a user reached, in their order. */
export function stageBars({ stages }: UserRecord): readonly StageBar[] {
  let fromMs = 0;
  return START_STAGES.flatMap((stage) => {
    const toMs = stages[stageKey(stage)];
    if (toMs === undefined) return [];
    const bar = { stage, fromMs, toMs };
    fromMs = toMs;
    return [bar];
  });
}
