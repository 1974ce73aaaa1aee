import type { RoundRecord } from '../../record/run-record.ts';
import { formatMs } from '../parts/format-ms.ts';

/** How much of the users' times was the hub asking them to come back later; nothing where it never did. */
export function throttlingLine(rounds: readonly RoundRecord[]): readonly string[] {
  const throttled = rounds.flatMap(({ users }) => users).flatMap(({ throttled: one }) => one ?? []);
  if (throttled.length === 0) return [];
  const waits = throttled.reduce((sum, one) => sum + one.waits, 0);
  const waitedMs = throttled.reduce((sum, one) => sum + one.waitedMs, 0);
  const times = `${waits} ${waits === 1 ? 'time' : 'times'}, ${formatMs(waitedMs)} ms in all`;
  return [`asked to come back later (429): ${times}; the waiting is part of the times above`];
}
