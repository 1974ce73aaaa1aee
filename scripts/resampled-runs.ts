import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

import type { RoundRecord } from '../src/record/run-record.ts';
import { type Stage, STAGES, stageKey } from '../src/record/stages.ts';
import type { StageTimes, UserRecord } from '../src/record/user-record.ts';
import type { FigureName } from '../src/stats/round-figures.ts';
import { completeRounds, roundFigures } from '../src/stats/round-figures.ts';
import { describeSamples } from '../src/stats/statistics.ts';

/** Contiguous rounds are drawn together: a machine that is slow for a while is slow for some rounds. */
const BLOCK_ROUNDS = 3;

/** What a change must not be missed at: the larger of the two. */
const DELAY = { share: 0.1, leastMs: 20 };

/** A run of as many rounds as asked, drawn in blocks from the judged rounds of one that was measured. */
export function resampledRun(
  measured: readonly RoundRecord[],
  count: number,
  random: RandomGenerator,
): RoundRecord[] {
  const rounds = completeRounds(measured);
  const drawn: RoundRecord[] = [];
  while (drawn.length < count) {
    const start = uniformInt(random, 0, rounds.length - 1);
    drawn.push(...[...rounds.slice(start), ...rounds].slice(0, BLOCK_ROUNDS));
  }
  return drawn.slice(0, count);
}

/** The stages that a delay can be added to, with what is to be added: a tenth, and 20 ms at least. */
export function delays(measured: readonly RoundRecord[]): readonly { stage: Stage; delayMs: number }[] {
  return roundFigures(completeRounds(measured)).flatMap(({ name, valuesMs }) => {
    const stage = stageOf(name);
    const p50 = describeSamples(valuesMs)?.p50 ?? 0;
    return stage === undefined ? [] : [{ stage, delayMs: Math.max(DELAY.leastMs, DELAY.share * p50) }];
  });
}

function stageOf(name: FigureName): Stage | undefined {
  return STAGES.find((stage) => stage === name);
}

/** The same rounds with one stage, and so all that come after it, later for every user. */
export function delayed(rounds: readonly RoundRecord[], stage: Stage, delayMs: number): RoundRecord[] {
  const later: ReadonlySet<string> = new Set(STAGES.slice(STAGES.indexOf(stage)).map(stageKey));
  const shift = (key: string, ms: number | undefined): number | undefined =>
    ms !== undefined && later.has(key) ? ms + delayMs : ms;
  const delayUser = (user: UserRecord): UserRecord => {
    const stages: StageTimes = Object.fromEntries(
      Object.entries(user.stages).map(([key, ms]) => [key, shift(key, ms)]),
    );
    return { ...user, stages };
  };
  return rounds.map((round) => ({ ...round, users: round.users.map(delayUser) }));
}
