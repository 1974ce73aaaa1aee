import type { RunRecord } from '../../record/run-record.ts';
import { failureList } from '../tables/failure-list.ts';
import { formatMs } from '../../text/format-ms.ts';

/** One line for a developer after a change; what went wrong follows where something did. */
export function reportLine(record: RunRecord): string {
  return [resultLine(record), ...failureList(record).map((text) => `  ${text}`)].join('\n');
}

function resultLine({ verdict, rounds, backend, criteria }: RunRecord): string {
  const last = rounds.at(-1)?.users[0];
  const shown = last === undefined ? 'nothing was run' : `${last.expression} → ${last.actual ?? 'nothing'}`;
  const time = `cell 1 after ${formatMs(last?.stages.cell1Ms)} ms`;
  const unmet = criteria
    .filter(({ status }) => status === 'missed' || status === 'unknown')
    .map(({ name }) => `not met: ${name}`);
  return [`${verdict}: ${shown}, ${time}`, `${backend.kind} (${backend.isolation})`, ...unmet].join(', ');
}
