import type { BrowserStart } from '../results/browser-record.ts';
import type { RunRecord } from '../results/run-record.ts';
import type { UserRecord } from '../results/user-record.ts';
import { failureOf, failureOfStart } from './user-failure.ts';

/** Twenty users that fail for one reason need not be listed twenty times in full. */
const MAX_LISTED = 10;
const MAX_LOG_LINES = 15;

/** Every user that didn't show the right result, with the cause, and why the run ended early or left something out. Empty where all went well. */
export function failureList({ rounds, browser, notRun, endedBy }: RunRecord): readonly string[] {
  const users = rounds.flatMap((round) => round.users).flatMap(describe);
  const failures = [...users, ...(browser?.starts ?? []).flatMap(describeStart)];
  const more = failures.length - MAX_LISTED;
  const listed = failures.slice(0, MAX_LISTED).flat();
  return [
    ...listed,
    ...(more > 0 ? [`… and ${more} more, in the record`] : []),
    ...(endedBy === undefined ? [] : [`the run ended early: ${endedBy}`]),
    ...(notRun?.memory === undefined ? [] : [`memory was not read: ${notRun.memory}`]),
    ...(notRun?.browser === undefined ? [] : [`not every person was let into a browser: ${notRun.browser}`]),
  ];
}

function describeStart(start: BrowserStart): readonly (readonly string[])[] {
  const failure = failureOfStart(start);
  return failure === undefined ? [] : [[`${start.user}, in the browser: ${failure}`]];
}

function describe(user: UserRecord): readonly (readonly string[])[] {
  const failure = failureOf(user);
  if (failure === undefined) return [];
  const logLines = failure.logLines.slice(-MAX_LOG_LINES).map((logLine) => `    ${logLine}`);
  return [[`${user.user}: ${failure.cause}`, ...logLines]];
}
