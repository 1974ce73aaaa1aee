import { judgedRounds } from '../record/judged-rounds.ts';
import type { RoundRecord, Statistics, Summary } from '../record/run-record.ts';
import { SUMMARY_KEYS } from '../record/stages.ts';
import { isCompleted, type UserRecord } from '../record/user-record.ts';
import { describeRounds } from './statistics.ts';

type FigureKey = keyof Summary;

/** Statistics over the completed users of the judged rounds; failures are counted elsewhere, never averaged in. */
export function summarize(rounds: readonly RoundRecord[]): Summary {
  return present(SUMMARY_KEYS.map((key) => [key, describeRounds(samplesByRound(rounds, key))]));
}

/** What a figure is made of: the samples of each judged round. */
export function samplesByRound(
  rounds: readonly RoundRecord[],
  key: FigureKey,
): readonly (readonly number[])[] {
  return judgedRounds(rounds).map((round) => samplesOf(round, key));
}

/** The slowest completed user of a round, by cell 1. */
export function slowestUser(users: readonly UserRecord[]): UserRecord | undefined {
  return users
    .filter(isCompleted)
    .toSorted((a, b) => (b.stages.cell1Ms ?? 0) - (a.stages.cell1Ms ?? 0))
    .at(0);
}

function samplesOf({ users }: RoundRecord, key: FigureKey): readonly number[] {
  if (key === 'slowestCell1Ms') return numbersOf([slowestUser(users)?.stages.cell1Ms]);
  const completed = users.filter(isCompleted);
  if (key === 'stopDurationMs') return numbersOf(completed.map((user) => user.stopDurationMs));
  if (key === 'restartMs') return numbersOf(completed.map((user) => user.restartMs));
  return numbersOf(completed.map((user) => user.stages[key]));
}

function numbersOf(values: readonly (number | undefined)[]): readonly number[] {
  return values.filter((value) => value !== undefined);
}

function present(entries: readonly (readonly [FigureKey, Statistics | undefined])[]): Summary {
  return Object.fromEntries(entries.filter(([, statistics]) => statistics !== undefined));
}
