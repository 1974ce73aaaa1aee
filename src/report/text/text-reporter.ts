import { backendSentence } from '../../record/backend-sentence.ts';
import { judgedUsers } from '../../record/judged-rounds.ts';
import { warningsOf } from '../../verdict/warnings.ts';
import type { RunRecord } from '../../record/run-record.ts';
import type { UserRecord } from '../../record/user-record.ts';
import { slowestUser } from '../../stats/summarize.ts';
import { arrivalsLine, throttlingLine } from './waiting-lines.ts';
import { browserTable } from '../tables/browser-table.ts';
import { cellTable } from '../tables/cell-table.ts';
import { comparisonTable } from '../tables/comparison-table.ts';
import { criterionLine } from '../parts/criterion-marks.ts';
import { failureList } from '../tables/failure-list.ts';
import { formatMs } from '../../text/format-ms.ts';
import { memoryTable } from '../tables/memory-table.ts';
import { notableRounds, notableRoundsNote } from '../parts/notable-rounds.ts';
import { plainTable } from '../../text/plain-table.ts';
import { roundTable } from '../tables/round-table.ts';
import { stageTable, stageTableNote } from '../tables/stage-table.ts';
import { waterfall } from './waterfall.ts';
import { describeExtent } from '../parts/describe-extent.ts';

/** What a person reads: the tables, the slowest user, what went wrong, and the verdict last. */
export function reportText(record: RunRecord, path: string): string {
  return [
    headline(record),
    [plainTable(roundTable(notableRounds(record.rounds))), ...notableRoundsNote(record.rounds)].join('\n'),
    [plainTable(stageTable(record)), ...stageTableNote(record)].join('\n'),
    ...cellTable(record.rounds).map(plainTable),
    ...arrivalsLine(record),
    ...throttlingLine(record.rounds),
    ...comparisonTable(record).map(plainTable),
    ...memoryTable(record).map(plainTable),
    ...browserTable(record).map(plainTable),
    ...warnings(record),
    ...slowest(record),
    ...failures(record),
    [...record.criteria.map(criterionLine), `verdict: ${record.verdict}`, `record:  ${path}`].join('\n'),
  ].join('\n\n');
}

function headline({ plan, backend, environment, comparisons }: RunRecord): string {
  const comparedWith = Object.entries(comparisons ?? {}).map(
    ([name, record]) => `${name}: ${record?.backend.isolation ?? 'not measured'}`,
  );
  const { cores, cpuModel, memoryMib } = environment.host;
  return [
    `${plan.users} users ${plan.arrivals ?? 'at once'}, ${describeExtent(plan)}, budget ${plan.budgetMs} ms`,
    `measured: ${backendSentence(backend)}`,
    ...(plan.hub === undefined ? [] : [`at: ${plan.hub}`]),
    `${plan.hub === undefined ? 'on' : 'from'}: ${cores} × ${cpuModel}, ${memoryMib} MiB`,
    ...comparedWith,
  ].join('\n');
}

function warnings(record: RunRecord): readonly string[] {
  const texts = warningsOf(record).map((text) => `warning: ${text}`);
  return texts.length === 0 ? [] : [texts.join('\n')];
}

function slowest({ rounds }: RunRecord): readonly string[] {
  const user = slowestUser(judgedUsers(rounds));
  return user === undefined ? [] : [slowestHeadline(user) + waterfall(user)];
}

function slowestHeadline({ user, stages }: UserRecord): string {
  return `slowest user: ${user}, cell 1 done after ${formatMs(stages.cell1Ms)} ms\n`;
}

function failures(record: RunRecord): readonly string[] {
  const list = failureList(record);
  return list.length === 0 ? [] : [`what went wrong:\n${list.map((text) => `  ${text}`).join('\n')}`];
}
