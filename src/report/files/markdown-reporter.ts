import { backendSentence } from '../../record/backend-sentence.ts';
import type { RunRecord } from '../../record/run-record.ts';
import { browserTable } from '../tables/browser-table.ts';
import { comparisonTable } from '../tables/comparison-table.ts';
import { CRITERION_MARKS } from '../parts/criterion-marks.ts';
import { environmentTable } from '../tables/environment-table.ts';
import { failureList } from '../tables/failure-list.ts';
import { growthTable } from '../tables/growth-table.ts';
import { memoryTable } from '../tables/memory-table.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import { runsTable } from '../tables/runs-table.ts';
import { stageTable } from '../tables/stage-table.ts';
import {
  code,
  figuresTable,
  heading,
  list,
  type MarkdownBlock,
  markdownDocument,
  paragraph,
} from './markdown-document.ts';

/** The document goes into job summaries, issues and pull requests. */
export function reportMarkdown(runs: readonly ReportedRun[]): string {
  return markdownDocument([...(runs.length > 1 ? overview(runs) : []), ...runs.flatMap(runSection)]);
}

function overview(runs: readonly ReportedRun[]): readonly MarkdownBlock[] {
  const records = runs.map(({ record }) => record);
  const sweep = new Set(records.map(({ plan }) => plan.users)).size > 1;
  return [
    heading(2, 'All runs'),
    figuresTable(runsTable(runs)),
    ...(sweep ? [figuresTable(growthTable(records))] : []),
  ];
}

function runSection({ name, record }: ReportedRun): readonly MarkdownBlock[] {
  const { plan, backend, verdict } = record;
  const users = `${plan.users} ${plan.users === 1 ? 'user' : 'users at once'}`;
  return [
    heading(2, `${users}, ${backend.kind}: ${verdict}`),
    paragraph(`${name}: ${backendSentence(backend)}`),
    ...criteria(record),
    figuresTable(stageTable(record)),
    ...comparisonTable(record).map(figuresTable),
    ...memoryTable(record).map(figuresTable),
    ...browserTable(record).map(figuresTable),
    ...failures(record),
    heading(3, 'Environment'),
    figuresTable(environmentTable(record)),
  ];
}

function criteria(record: RunRecord): readonly MarkdownBlock[] {
  if (record.criteria.length === 0) return [];
  const lines = record.criteria.map(
    ({ name, status, detail }) => `${CRITERION_MARKS[status]} ${status}: ${name} (${detail})`,
  );
  return [list(lines)];
}

function failures(record: RunRecord): readonly MarkdownBlock[] {
  const lines = failureList(record);
  return lines.length === 0 ? [] : [heading(3, 'What went wrong'), code(lines)];
}
