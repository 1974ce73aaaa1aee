import type { RoundRecord } from '../results/run-record.ts';
import type { UserRecord } from '../results/user-record.ts';
import { failureOf } from './user-failure.ts';

/** Twenty users that fail for one reason need not be listed twenty times in full. */
const MAX_LISTED = 10;
const MAX_LOG_LINES = 15;

/** Every user that didn't show the right result, with the cause. Empty where there is none. */
export function failureList(rounds: readonly RoundRecord[]): readonly string[] {
  const failures = rounds.flatMap((round) => round.users).flatMap(describe);
  const more = failures.length - MAX_LISTED;
  const listed = failures.slice(0, MAX_LISTED).flat();
  return more > 0 ? [...listed, `… and ${more} more, in the record`] : listed;
}

function describe(user: UserRecord): readonly (readonly string[])[] {
  const failure = failureOf(user);
  if (failure === undefined) return [];
  const logLines = failure.logLines.slice(-MAX_LOG_LINES).map((logLine) => `    ${logLine}`);
  return [[`${user.user}: ${failure.cause}`, ...logLines]];
}
