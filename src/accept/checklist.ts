import { backendSentence } from '../record/backend-sentence.ts';
import type { RunRecord } from '../record/run-record.ts';
import { criterionLine } from '../report/parts/criterion-marks.ts';
import { failureList } from '../report/tables/failure-list.ts';
import { describeExtent } from '../report/parts/describe-extent.ts';

/** What was accepted, criterion by criterion, and the verdict last. `path` is the record's. */
export function acceptanceChecklist(record: RunRecord, path: string): string {
  const { plan, criteria, verdict } = record;
  const failures = failureList(record).map((text) => `  ${text}`);
  return [
    `acceptance of ${backendSentence(record.backend)}`,
    `${plan.users} users at once, ${describeExtent(plan)}, budget ${plan.budgetMs} ms`,
    '',
    ...criteria.map(criterionLine),
    ...(failures.length > 0 ? ['', 'what went wrong:', ...failures] : []),
    '',
    `verdict: ${verdict}`,
    `record:  ${path}`,
  ].join('\n');
}
