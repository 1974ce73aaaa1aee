import type { RunRecord } from '../../record/run-record.ts';
import { quotient } from './comparison-table.ts';
import { formatMs } from '../../text/format-ms.ts';
import type { Table } from '../../text/table.ts';

/** The count that the cost per user is compared with, where it was measured. */
const REFERENCE_USERS = 5;

/** How the cost grows over the runs of a sweep. */
export function growthTable(records: readonly RunRecord[]): Table {
  const reference = records.find(({ plan }) => plan.users === REFERENCE_USERS) ?? records[0];
  const compared = { floor: records.some(hasFloor), baseline: records.some(hasBaseline) };
  const head = [
    'users at once',
    'slowest cell 1, p50',
    'per user',
    `per user ÷ at ${reference?.plan.users ?? 0}`,
    ...(compared.floor ? ['ours ÷ floor'] : []),
    ...(compared.baseline ? ['baseline ÷ ours'] : []),
  ];
  const rows = records.map((record) => {
    const { floor, baseline } = record.comparisons ?? {};
    const ours = record.summary.slowestCell1Ms?.p50;
    return [
      `${record.plan.users}`,
      formatMs(ours),
      formatMs(perUser(record)),
      quotient(perUser(record), reference && perUser(reference)),
      ...(compared.floor ? [quotient(floor?.oursPerTheirs.slowestCell1, 1)] : []),
      ...(compared.baseline ? [quotient(1, baseline?.oursPerTheirs.slowestCell1)] : []),
    ];
  });
  return { head, rows };
}

function perUser({ summary, plan }: RunRecord): number | undefined {
  const slowest = summary.slowestCell1Ms?.p50;
  return slowest === undefined ? undefined : slowest / plan.users;
}

function hasFloor({ comparisons }: RunRecord): boolean {
  return comparisons?.floor !== undefined;
}

function hasBaseline({ comparisons }: RunRecord): boolean {
  return comparisons?.baseline !== undefined;
}
