import type { RoundRecord } from '../results/run-record.ts';
import { STAGE_LABELS } from '../results/stages.ts';
import type { UserRecord } from '../results/user-record.ts';

/** Twenty users that fail for one reason need not be listed twenty times in full. */
const MAX_LISTED = 10;
const MAX_LOG_LINES = 15;

/** Every user that didn't show the right result, with the cause. Empty where there is none. */
export function failureList(rounds: readonly RoundRecord[]): readonly string[] {
  const failures = rounds.flatMap((round) => round.users).flatMap(failureOf);
  const more = failures.length - MAX_LISTED;
  const listed = failures.slice(0, MAX_LISTED).flat();
  return more > 0 ? [...listed, `… and ${more} more, in the record`] : listed;
}

function failureOf(user: UserRecord): readonly (readonly string[])[] {
  if (user.error !== null) return [describeError(user, user.error)];
  const { actual, expected, expression } = user;
  if (actual !== expected) {
    return [[`${user.user}: ${expression} showed ${actual ?? 'nothing'} instead of ${expected}`]];
  }
  if (user.zmqProbe.status === 'failed') {
    return [[`${user.user}: the kernel's own ports: ${user.zmqProbe.cause}`]];
  }
  if (user.stopError !== undefined) return [[`${user.user}: not stopped: ${user.stopError}`]];
  return [];
}

function describeError(user: UserRecord, error: NonNullable<UserRecord['error']>): readonly string[] {
  const headline = `${user.user}: ${user.outcome} before '${STAGE_LABELS[error.stage]}': ${error.message}`;
  return [headline, ...error.logLines.slice(-MAX_LOG_LINES).map((logLine) => `    ${logLine}`)];
}
