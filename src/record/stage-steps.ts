import { START_STAGES, type StartStage, stageKey } from './stages.ts';
import type { StageTimes } from './user-record.ts';

/** What a user did from the end of one stage to the end of the next that it reached, in ms from the barrier. */
export interface StageStep {
  readonly stage: StartStage;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The stages of a start that a user reached, in their order. */
export function stageSteps(stages: StageTimes): readonly StageStep[] {
  let fromMs = 0;
  return START_STAGES.flatMap((stage) => {
    const toMs = stages[stageKey(stage)];
    if (toMs === undefined) return [];
    const step = { stage, fromMs, toMs };
    fromMs = toMs;
    return [step];
  });
}
