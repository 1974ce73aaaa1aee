import { formatMs } from '../text/format-ms.ts';
import type { Gap } from './gaps.ts';
import { backendSentence } from '../record/backend-sentence.ts';
import { hasRightResult } from '../record/user-record.ts';
import { type Profile, type ProfiledUser, spansOf } from './profile.ts';
import { endMs, type Span } from './span.ts';

const BAR_WIDTH = 50;
/** What takes less is listed in the trace file only. */
const SHORTEST_LISTED_MS = 0.2;

/** What a person reads: the slowest user's start on every side, and what no side explains. */
export function profileText(profile: Profile, path: string): string {
  return [
    headline(profile),
    waterfall(profile),
    unaccounted(profile),
    ...failures(profile.users),
    [hubLagLine(profile), `verdict: ${profile.verdict}`, `trace:   ${path} (for ui.perfetto.dev)`].join('\n'),
  ].join('\n\n');
}

function headline({ backend, users, slowest }: Profile): string {
  const stages = users.find(({ user }) => user === slowest)?.stages;
  return [
    `${users.length} ${users.length === 1 ? 'user' : 'users'} at once, after a warm-up`,
    `measured: ${backendSentence(backend)}`,
    `slowest user: ${slowest}, cell 1 done after ${formatMs(stages?.cell1Ms)} ms`,
  ].join('\n');
}

function waterfall({ spans, slowest, barrierMs }: Profile): string {
  const listed = spansOf(slowest, spans).filter(
    ({ side, durationMs }) => side === 'client' || durationMs >= SHORTEST_LISTED_MS,
  );
  const totalMs = Math.max(0, ...listed.map(endMs)) - barrierMs;
  const nameWidth = Math.max(4, ...listed.map(({ name }) => name.length));
  const row = (side: string, name: string, start: string, took: string, bar: string): string =>
    `${side.padEnd(10)} ${name.padEnd(nameWidth)} ${start.padStart(7)} ${took.padStart(7)}  ${bar}`.trimEnd();
  return [
    row('side', 'what', 'from ms', 'took ms', ''),
    ...listed.map((span) => {
      const startMs = span.startMs - barrierMs;
      return row(
        span.side,
        span.name,
        startMs.toFixed(1),
        span.durationMs.toFixed(1),
        bar(startMs, span, totalMs),
      );
    }),
  ].join('\n');
}

function bar(startMs: number, { durationMs }: Span, totalMs: number): string {
  const scale = totalMs > 0 ? BAR_WIDTH / totalMs : 0;
  const from = Math.min(Math.round(startMs * scale), BAR_WIDTH - 1);
  return ' '.repeat(from) + '█'.repeat(Math.max(1, Math.round((startMs + durationMs) * scale) - from));
}

function unaccounted({ gaps, barrierMs }: Profile): string {
  if (gaps.length === 0) return 'unaccounted: nothing of 5 ms or more';
  return ['unaccounted, from request to cell 1:', ...gaps.map((gap) => gapLine(gap, barrierMs))].join('\n');
}

function gapLine({ startMs, durationMs, inside }: Gap, barrierMs: number): string {
  const fromMs = startMs - barrierMs;
  const stretch = `${fromMs.toFixed(1).padStart(7)} → ${(fromMs + durationMs).toFixed(1).padStart(7)}`;
  const where = inside === undefined ? 'no side measures it' : `inside ${inside.side} ${inside.name}`;
  return `${stretch}  ${durationMs.toFixed(1).padStart(6)} ms  ${where}`;
}

function failures(users: readonly ProfiledUser[]): readonly string[] {
  const lines = users.filter((user) => !hasRightResult(user)).map(failureLine);
  return lines.length === 0 ? [] : [`what went wrong:\n${lines.join('\n')}`];
}

function failureLine({ user, outcome, error, expression, actual, expected }: ProfiledUser): string {
  return error === null
    ? `  ${user}: ${expression} showed ${actual ?? 'nothing'} instead of ${expected}`
    : `  ${user}: ${outcome}: ${[error.message, ...error.logLines].join('\n    ')}`;
}

function hubLagLine({ hubLag }: Profile): string {
  if (hubLag === undefined) return "hub's event loop: not measured";
  const { p50Ms, p99Ms, maxMs } = hubLag;
  const [p50, p99, max] = [p50Ms, p99Ms, maxMs].map(formatMs);
  return `hub's event loop was late by: p50 ${p50 ?? ''} ms, p99 ${p99 ?? ''} ms, max ${max ?? ''} ms`;
}
