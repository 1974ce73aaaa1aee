import { hasRightResult, isRight } from '../../record/user-record.ts';
import type { RoundRecord } from '../../record/run-record.ts';
import { slowestUser } from '../../stats/summarize.ts';
import { formatMs } from '../../text/format-ms.ts';
import type { Table } from '../../text/table.ts';

/** One line a round: what was slowest, who got through, and whether the client itself kept up. */
export function roundTable(rounds: readonly RoundRecord[]): Table {
  const head = ['round', 'slowest cell 1', 'right', 'users', 'client lag p99', 'hub lag max', 'load'];
  return { head, rows: rounds.map(roundRow) };
}

function roundRow(round: RoundRecord): readonly string[] {
  const right = round.users.filter((user) => hasRightResult(user) && (user.cells ?? []).every(isRight));
  return [
    round.warmup ? `${round.index} (warm-up, not judged)` : `${round.index}`,
    formatMs(slowestUser(round.users)?.stages.cell1Ms),
    `${right.length}`,
    `${round.users.length}`,
    formatMs(round.clientLag.p99Ms),
    formatMs(round.hubLag?.maxMs),
    round.loadAverage.toFixed(1),
  ];
}
