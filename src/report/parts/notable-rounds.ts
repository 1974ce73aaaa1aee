import type { RoundRecord } from '../../record/run-record.ts';
import { isCompleted, type UserRecord } from '../../record/user-record.ts';

/** More of them than that, as a soak has, nobody looks at one by one. */
const MAX_ROUNDS = 40;

/** All rounds where they are few; else those in which somebody didn't get through, and the slowest. In their order. */
export function notableRounds(rounds: readonly RoundRecord[]): readonly RoundRecord[] {
  if (rounds.length <= MAX_ROUNDS) return rounds;
  const chosen = new Set(rounds.toSorted(byNotability).slice(0, MAX_ROUNDS));
  return rounds.filter((round) => chosen.has(round));
}

/** What is to be said where not all rounds are shown. */
export function notableRoundsNote(rounds: readonly RoundRecord[]): readonly string[] {
  if (rounds.length <= MAX_ROUNDS) return [];
  return [
    `${MAX_ROUNDS} of ${rounds.length} rounds: those in which somebody did not get through, and the slowest`,
  ];
}

/** What is more worth a look comes first. */
function byNotability(a: RoundRecord, b: RoundRecord): number {
  const [endA, endB] = [lastEndMs(a), lastEndMs(b)];
  return endA === endB ? 0 : endB - endA;
}

function lastEndMs({ users }: RoundRecord): number {
  return Math.max(0, ...users.map(endMs));
}

function endMs(user: UserRecord): number {
  return isCompleted(user) ? (user.stages.cell1Ms ?? Infinity) : Infinity;
}
