import { judgedUsers } from '../../record/judged-rounds.ts';
import type { RoundRecord, RunRecord } from '../../record/run-record.ts';
import { describeSamples } from '../../stats/statistics.ts';
import { formatMs } from '../../text/format-ms.ts';

/** Says by how much the client itself was late for its users; nothing where all started at the barrier. */
export function arrivalsLine({ plan, rounds }: Pick<RunRecord, 'plan' | 'rounds'>): readonly string[] {
  if (plan.arrivals === undefined) return [];
  const users = judgedUsers(rounds);
  const lateMs = users.flatMap(({ intendedStartMs, actualStartMs }) =>
    intendedStartMs === undefined || actualStartMs === undefined ? [] : [actualStartMs - intendedStartMs],
  );
  const late = describeSamples(lateMs);
  const seed = plan.seed === undefined ? '' : `, seed ${plan.seed}`;
  return [
    `arrivals: ${plan.arrivals}${seed}; the client was late by ${formatMs(late?.p50)} ms (p50), ${formatMs(late?.max)} ms (max), which is part of the times above`,
  ];
}

/** Says how much of the users' times was the hub asking them to come back later; nothing where it never did. */
export function throttlingLine(rounds: readonly RoundRecord[]): readonly string[] {
  const throttled = rounds.flatMap(({ users }) => users).flatMap(({ throttled: one }) => one ?? []);
  if (throttled.length === 0) return [];
  const waits = throttled.reduce((sum, one) => sum + one.waits, 0);
  const waitedMs = throttled.reduce((sum, one) => sum + one.waitedMs, 0);
  const times = `${waits} ${waits === 1 ? 'time' : 'times'}, ${formatMs(waitedMs)} ms in all`;
  return [`asked to come back later (429): ${times}; the waiting is part of the times above`];
}
