import type { BlockContent, PhrasingContent, RootContent } from 'mdast';
import { gfmTableToMarkdown } from 'mdast-util-gfm-table';
import { toMarkdown } from 'mdast-util-to-markdown';

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
import type { Table } from '../parts/table.ts';

/** The document goes into job summaries, issues and pull requests. It is built as a tree, so that what a record says is always text. */
export function reportMarkdown(runs: readonly ReportedRun[]): string {
  const children = [...(runs.length > 1 ? overview(runs) : []), ...runs.flatMap(runSection)];
  return toMarkdown({ type: 'root', children }, { bullet: '-', extensions: [gfmTableToMarkdown()] });
}

function overview(runs: readonly ReportedRun[]): readonly RootContent[] {
  const records = runs.map(({ record }) => record);
  const sweep = new Set(records.map(({ plan }) => plan.users)).size > 1;
  return [heading(2, 'All runs'), table(runsTable(runs)), ...(sweep ? [table(growthTable(records))] : [])];
}

function runSection({ name, record }: ReportedRun): readonly RootContent[] {
  const { plan, backend, verdict } = record;
  const users = `${plan.users} ${plan.users === 1 ? 'user' : 'users at once'}`;
  return [
    heading(2, `${users}, ${backend.kind}: ${verdict}`),
    paragraph(`${name}: ${backendSentence(backend)}`),
    ...criteria(record),
    table(stageTable(record)),
    ...comparisonTable(record).map(table),
    ...memoryTable(record).map(table),
    ...browserTable(record).map(table),
    ...failures(record),
    heading(3, 'Environment'),
    table(environmentTable(record)),
  ];
}

function criteria(record: RunRecord): readonly RootContent[] {
  if (record.criteria.length === 0) return [];
  const lines = record.criteria.map(
    ({ name, status, detail }) => `${CRITERION_MARKS[status]} ${status}: ${name} (${detail})`,
  );
  const items = lines.map((line) => ({ type: 'listItem' as const, children: [paragraph(line)] }));
  return [{ type: 'list', spread: false, children: items }];
}

function failures(record: RunRecord): readonly RootContent[] {
  const list = failureList(record);
  return list.length === 0 ? [] : [heading(3, 'What went wrong'), { type: 'code', value: list.join('\n') }];
}

function table({ head, rows }: Table): BlockContent {
  const row = (cells: readonly string[]) => ({
    type: 'tableRow' as const,
    children: cells.map((cell) => ({ type: 'tableCell' as const, children: [text(cell)] })),
  });
  const align = head.map((_, column) => (column === 0 ? ('left' as const) : ('right' as const)));
  return { type: 'table', align, children: [row(head), ...rows.map(row)] };
}

function heading(depth: 2 | 3, value: string): RootContent {
  return { type: 'heading', depth, children: [text(value)] };
}

function paragraph(value: string): BlockContent {
  return { type: 'paragraph', children: [text(value)] };
}

function text(value: string): PhrasingContent {
  return { type: 'text', value };
}
