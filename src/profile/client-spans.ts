import { STAGE_LABELS, STAGES, stageKey } from '../record/stages.ts';
import type { StageTimes } from '../record/user-record.ts';
import type { Span } from './span.ts';

/** The client's own stages: each lasts from the end of the one before. */
export function clientSpans(user: string, barrierMs: number, stages: StageTimes): readonly Span[] {
  let fromMs = 0;
  return STAGES.flatMap((stage) => {
    const toMs = stages[stageKey(stage)];
    if (toMs === undefined || stage === 'stopped') return [];
    const span: Span = {
      side: 'client',
      name: STAGE_LABELS[stage],
      user,
      startMs: barrierMs + fromMs,
      durationMs: toMs - fromMs,
    };
    fromMs = toMs;
    return [span];
  });
}
