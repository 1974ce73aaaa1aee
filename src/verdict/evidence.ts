import type { Criterion, PlanRecord, RoundRecord, RunRecord } from '../record/run-record.ts';

/** What a run is judged by: every round that was run, and what was planned. */
export interface Evidence {
  readonly plan: Pick<
    PlanRecord,
    | 'users'
    | 'rounds'
    | 'durationMs'
    | 'budgetMs'
    | 'comparisons'
    | 'thresholds'
    | 'memory'
    | 'restart'
    | 'browserStarts'
    | 'hub'
  > &
    Partial<Pick<PlanRecord, 'spawner'>>;
  readonly rounds: readonly RoundRecord[];
  readonly elapsedMs?: RunRecord['elapsedMs'];
  readonly comparisons?: RunRecord['comparisons'];
  readonly memory?: RunRecord['memory'];
  readonly browser?: RunRecord['browser'];
  readonly notRun?: RunRecord['notRun'];
  readonly interrupted?: RunRecord['interrupted'];
  /** Where there is one, the run was to be accepted, and all of it is asked for. */
  readonly acceptance?: RunRecord['acceptance'];
}

/** Undefined where the run wasn't about that. */
export type Check = (evidence: Evidence) => Criterion | readonly Criterion[] | undefined;
