import type { RoundRecord } from './run-record.ts';
import type { UserRecord } from './user-record.ts';

/** All but the warm-up, in which users meet cold caches everywhere. */
export function judgedRounds(rounds: readonly RoundRecord[]): readonly RoundRecord[] {
  return rounds.filter(({ warmup }) => !warmup);
}

/** Those of the judged rounds, however they ended. */
export function judgedUsers(rounds: readonly RoundRecord[]): readonly UserRecord[] {
  return judgedRounds(rounds).flatMap(({ users }) => users);
}
