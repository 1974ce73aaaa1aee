import { judgedUsers } from '../../record/judged-rounds.ts';
import type { RoundRecord } from '../../record/run-record.ts';
import { describeSamples } from '../../stats/statistics.ts';
import { formatMs } from '../../text/format-ms.ts';
import type { Table } from '../../text/table.ts';

/** The cells after the first one, each by itself, over the judged rounds; nothing where there are none. */
export function cellTable(rounds: readonly RoundRecord[]): readonly Table[] {
  const users = judgedUsers(rounds);
  const count = Math.max(0, ...users.map(({ cells = [] }) => cells.length));
  if (count === 0) return [];
  const rows = Array.from({ length: count }, (_, index) => {
    const durations = users.flatMap(({ cells = [] }) => cells[index]?.durationMs ?? []);
    const { min, p50, p95, max } = describeSamples(durations) ?? {};
    return [`cell ${index + 2}`, ...[min, p50, p95, max].map(formatMs)];
  });
  return [{ head: ['ms, by itself', 'min', 'p50', 'p95', 'max'], rows }];
}
