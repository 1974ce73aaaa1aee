import type { BackendRecord, HubLag, Verdict } from '../record/run-record.ts';
import { START_STAGES, stageKey } from '../record/stages.ts';
import { hasRightResult, type StageError, type StageTimes, type UserRecord } from '../record/user-record.ts';
import { clientSpans } from './client-spans.ts';
import { findGaps, type Gap } from './gaps.ts';
import type { ProfiledRound } from './profiled-round.ts';
import type { Span } from './span.ts';

/** One user's start, as `bench` records it. */
export interface ProfiledUser {
  readonly user: string;
  readonly outcome: UserRecord['outcome'];
  readonly stages: StageTimes;
  readonly expression: string;
  readonly expected: string;
  readonly actual: string | null;
  readonly error: StageError | null;
}

/** What `profile` finds out. Spans, gaps, barrier and end are in milliseconds since 1970. */
export interface Profile {
  readonly startedAt: string;
  readonly backend: BackendRecord;
  readonly verdict: Verdict;
  readonly barrierMs: number;
  /** When the last user's start was over, or nobody measured anything any more. */
  readonly endMs: number;
  readonly users: readonly ProfiledUser[];
  /** Whose start took longest; the first where nobody got through. */
  readonly slowest: string;
  /** The spans of all users, in the order of their starts. */
  readonly spans: readonly Span[];
  /** The gaps of the slowest user, until its cell 1 was done. */
  readonly gaps: readonly Gap[];
  /** Absent where the hub measured none. */
  readonly hubLag?: HubLag | undefined;
}

interface Measurements extends Pick<Profile, 'startedAt' | 'backend'>, ProfiledRound {
  /** The spans that the other sides have measured, those of other rounds too. */
  readonly spans: readonly Span[];
}

export function toProfile({ startedAt, backend, barrierMs, launches, spans }: Measurements): Profile {
  const users = launches.map(({ user, ended, stages }): ProfiledUser => {
    const { expression, expected } = user.expression;
    return { user: user.user, stages, expression, expected, ...ended };
  });
  const slowest = slowestOf(users);
  const endedMs = barrierMs + Math.max(0, ...users.map(({ stages }) => endOf(stages)));
  const client = users.flatMap(({ user, stages }) => clientSpans(user, barrierMs, stages));
  const own = [...client, ...spans]
    .filter((span) => span.startMs >= barrierMs && span.startMs <= endedMs)
    .toSorted((a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs);
  return {
    ...{ startedAt, backend, barrierMs, users },
    verdict: judgeUsers(users),
    endMs: endedMs,
    slowest: slowest?.user ?? '',
    spans: own,
    gaps: slowest === undefined ? [] : gapsOf(slowest, own, barrierMs),
  };
}

/** What concerns one user: its own spans and those of which no side can say whose they are. */
export function spansOf(user: string, spans: readonly Span[]): readonly Span[] {
  return spans.filter((span) => span.user === user || span.user === undefined);
}

function gapsOf({ user, stages }: ProfiledUser, spans: readonly Span[], barrierMs: number): readonly Gap[] {
  return findGaps(spansOf(user, spans), barrierMs, barrierMs + endOf(stages));
}

/** The servers' stop isn't part of a start. */
function endOf(stages: StageTimes): number {
  return Math.max(0, ...START_STAGES.map((stage) => stages[stageKey(stage)] ?? 0));
}

/** Users are judged as by `bench`, without a budget: a cell that raised has answered too, if wrongly. */
function judgeUsers(users: readonly ProfiledUser[]): Verdict {
  const answered = users.filter(({ stages }) => stages.cell1Ms !== undefined);
  if (answered.some((user) => !hasRightResult(user))) return 'failed';
  return answered.length === users.length ? 'passed' : 'incomplete';
}

function slowestOf(users: readonly ProfiledUser[]): ProfiledUser | undefined {
  const done = users.filter(({ stages }) => stages.cell1Ms !== undefined);
  return done.toSorted((a, b) => (b.stages.cell1Ms ?? 0) - (a.stages.cell1Ms ?? 0)).at(0) ?? users[0];
}
