import { median } from 'simple-statistics';

import { judgedRounds } from '../record/judged-rounds.ts';
import type { RoundRecord } from '../record/run-record.ts';
import { stageSteps } from '../record/stage-steps.ts';
import { STAGE_LABELS, START_STAGES, type StartStage } from '../record/stages.ts';
import { isCompleted, type StageTimes, type UserRecord } from '../record/user-record.ts';

/** What two runs are compared in: each stage by itself, and the whole way to cell 1. */
export type FigureName = StartStage | 'total' | 'slowest';

export interface RoundFigure {
  readonly name: FigureName;
  readonly label: string;
  /** One number a round, in ms. */
  readonly valuesMs: readonly number[];
}

/** The judged rounds in which everybody got through: of some of the users only, a median is another thing's. */
export function completeRounds(rounds: readonly RoundRecord[]): readonly RoundRecord[] {
  return judgedRounds(rounds).filter(({ users }) => users.length > 0 && users.every(isCompleted));
}

/**
 * One number a round for each figure. The users of a round start at one instant and share what the
 * machine does in that second, so they are no independent samples; rounds are as close as one gets.
 */
export function roundFigures(rounds: readonly RoundRecord[]): readonly RoundFigure[] {
  const users = Math.max(0, ...rounds.map((round) => round.users.length));
  const figures: readonly RoundFigure[] = [
    ...START_STAGES.map((stage) => ({
      name: stage,
      label: STAGE_LABELS[stage],
      valuesMs: medians(rounds, ({ stages }) => durationMs(stages, stage)),
    })),
    { name: 'total', label: 'barrier to cell 1', valuesMs: medians(rounds, ({ stages }) => stages.cell1Ms) },
    // A single user's would be the same once more.
    ...(users > 1 ? [slowestOf(rounds)] : []),
  ];
  return figures.filter(({ valuesMs }) => valuesMs.length > 0);
}

function slowestOf(rounds: readonly RoundRecord[]): RoundFigure {
  const valuesMs = rounds.map(({ users }) => Math.max(...numbersOf(users, ({ stages }) => stages.cell1Ms)));
  return { name: 'slowest', label: 'barrier to the slowest cell 1', valuesMs };
}

/** How long a stage took by itself, from the end of the one before. */
function durationMs(times: StageTimes, stage: StartStage): number | undefined {
  const step = stageSteps(times).find((one) => one.stage === stage);
  return step && step.toMs - step.fromMs;
}

function medians(
  rounds: readonly RoundRecord[],
  pick: (user: UserRecord) => number | undefined,
): readonly number[] {
  return rounds
    .map(({ users }) => numbersOf(users, pick))
    .flatMap((all) => (all.length > 0 ? [median(all)] : []));
}

function numbersOf(users: readonly UserRecord[], pick: (user: UserRecord) => number | undefined): number[] {
  return users.map(pick).filter((value) => value !== undefined);
}
