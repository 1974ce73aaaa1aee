import { judgedUsers } from '../../record/judged-rounds.ts';
import type { RunRecord } from '../../record/run-record.ts';
import { describeSamples } from '../../stats/statistics.ts';
import { formatMs } from '../parts/format-ms.ts';

/** By how much the client itself was late for its users; nothing where all started at the barrier. */
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
