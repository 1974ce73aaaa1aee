import type { BrowserStart } from '../../record/browser-record.ts';
import type { RunRecord } from '../../record/run-record.ts';
import type { UserRecord } from '../../record/user-record.ts';
import { failureOf, failureOfStart } from '../parts/user-failure.ts';

const MAX_LISTED = 10;
/** A reason names so many of the users that failed for it. */
const MAX_NAMES = 3;
const MAX_LOG_LINES = 15;

/** Every user that didn't show the right result, with the cause, and why the run ended early or left something out. Empty where all went well. */
export function failureList({ rounds, browser, notRun, endedBy }: RunRecord): readonly string[] {
  const users = rounds.flatMap((round) => round.users).flatMap(describe);
  const failures = [...users, ...(browser?.starts ?? []).flatMap(describeStart)];
  // Twenty users that fail for one reason are one thing to mend.
  const reasons = [...Map.groupBy(failures, ({ reason }) => reason)];
  const listed = reasons.slice(0, MAX_LISTED);
  const more = reasons.slice(MAX_LISTED).flatMap(([, failed]) => failed).length;
  return [
    ...listed.flatMap(([reason, failed]) => `${names(failed)}: ${reason}`.split('\n')),
    ...(more > 0 ? [`… and ${more} more, in the record`] : []),
    ...(endedBy === undefined ? [] : [`the run ended early: ${endedBy}`]),
    ...(notRun?.memory === undefined ? [] : [`memory was not read: ${notRun.memory}`]),
    ...(notRun?.browser === undefined ? [] : [`not every person was let into a browser: ${notRun.browser}`]),
  ];
}

interface Failure {
  readonly who: string;
  /** The cause, with log lines below it. */
  readonly reason: string;
}

function describeStart(start: BrowserStart): readonly Failure[] {
  const reason = failureOfStart(start);
  return reason === undefined ? [] : [{ who: `${start.user}, in the browser`, reason }];
}

function describe(user: UserRecord): readonly Failure[] {
  const failure = failureOf(user);
  if (failure === undefined) return [];
  const logLines = failure.logLines.slice(-MAX_LOG_LINES).map((logLine) => `    ${logLine}`);
  return [{ who: user.user, reason: [failure.cause, ...logLines].join('\n') }];
}

function names(failed: readonly Failure[]): string {
  const named = failed.slice(0, MAX_NAMES).map(({ who }) => who);
  const more = failed.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
