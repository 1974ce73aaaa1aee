import type { RoundRecord, RunRecord } from '../../record/run-record.ts';

/** Whose rounds they are: those of the spawner that the run is about, or of a comparison, with which it took turns. */
type Measured = 'ours' | 'floor' | 'baseline';

interface MeasuredRound {
  readonly measured: Measured;
  readonly round: RoundRecord;
}

/** Every round of a record, the warm-up rounds included. */
export function measuredRounds({ rounds, comparisons }: RunRecord): readonly MeasuredRound[] {
  const of = (measured: Measured, some: readonly RoundRecord[] = []): readonly MeasuredRound[] =>
    some.map((round) => ({ measured, round }));
  return [
    ...of('ours', rounds),
    ...of('floor', comparisons?.floor?.rounds),
    ...of('baseline', comparisons?.baseline?.rounds),
  ];
}
