import { stageSteps } from '../record/stage-steps.ts';
import { STAGE_LABELS } from '../record/stages.ts';
import type { StageTimes } from '../record/user-record.ts';
import type { Span } from './span.ts';

/** The client's own stages: each lasts from the end of the one before. */
export function clientSpans(user: string, barrierMs: number, stages: StageTimes): readonly Span[] {
  return stageSteps(stages).map(({ stage, fromMs, toMs }) => ({
    ...{ side: 'client', name: STAGE_LABELS[stage], user },
    ...{ startMs: barrierMs + fromMs, durationMs: toMs - fromMs },
  }));
}
