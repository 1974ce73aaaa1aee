import type { RoundRecord, Statistics, Summary } from '../results/run-record.ts';
import { type StageKey, STAGES, stageKey } from '../results/stages.ts';
import type { UserRecord } from '../results/user-record.ts';
import { describeSamples } from './statistics.ts';

/** Statistics over the completed users of the judged rounds; failures are counted elsewhere, never averaged in. */
export function summarize(rounds: readonly RoundRecord[]): Summary {
  const judged = rounds.filter((round) => !round.warmup);
  const users = judged.flatMap((round) => round.users).filter(isCompleted);
  return present([
    ...STAGES.map((stage) => [stageKey(stage), describeStage(users, stageKey(stage))] as const),
    ['slowestCell1Ms', describeSamples(judged.flatMap(slowestCell1))],
    ['stopDurationMs', describeSamples(numbersOf(users.map((user) => user.stopDurationMs)))],
  ]);
}

/** The slowest completed user of a round, by cell 1. */
export function slowestUser(users: readonly UserRecord[]): UserRecord | undefined {
  return users
    .filter(isCompleted)
    .toSorted((a, b) => (b.stages.cell1Ms ?? 0) - (a.stages.cell1Ms ?? 0))
    .at(0);
}

function slowestCell1(round: RoundRecord): readonly number[] {
  return numbersOf([slowestUser(round.users)?.stages.cell1Ms]);
}

function describeStage(users: readonly UserRecord[], key: StageKey): Statistics | undefined {
  return describeSamples(numbersOf(users.map((user) => user.stages[key])));
}

function isCompleted(user: UserRecord): boolean {
  return user.outcome === 'completed';
}

function numbersOf(values: readonly (number | undefined)[]): readonly number[] {
  return values.filter((value) => value !== undefined);
}

function present(entries: readonly (readonly [keyof Summary, Statistics | undefined])[]): Summary {
  return Object.fromEntries(entries.filter(([, statistics]) => statistics !== undefined));
}
