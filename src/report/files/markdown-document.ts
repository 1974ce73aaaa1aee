import type { AlignType, BlockContent, PhrasingContent, RootContent } from 'mdast';
import { gfmTableToMarkdown } from 'mdast-util-gfm-table';
import { toMarkdown } from 'mdast-util-to-markdown';

import type { Table } from '../../text/table.ts';

export type MarkdownBlock = RootContent;

/** The document is built as a tree, so that what a record says is always text. */
export function markdownDocument(blocks: readonly MarkdownBlock[]): string {
  const root = { type: 'root' as const, children: [...blocks] };
  return toMarkdown(root, { bullet: '-', extensions: [gfmTableToMarkdown()] });
}

export function heading(depth: 2 | 3, value: string): MarkdownBlock {
  return { type: 'heading', depth, children: [text(value)] };
}

export function paragraph(value: string): BlockContent {
  return { type: 'paragraph', children: [text(value)] };
}

export function list(lines: readonly string[]): MarkdownBlock {
  const items = lines.map((line) => ({ type: 'listItem' as const, children: [paragraph(line)] }));
  return { type: 'list', spread: false, children: items };
}

export function code(lines: readonly string[]): MarkdownBlock {
  return { type: 'code', value: lines.join('\n') };
}

/** Its first column says what the numbers beside it are. */
export function figuresTable(table: Table): MarkdownBlock {
  return alignedTable(
    table,
    table.head.map((_, column) => (column === 0 ? 'left' : 'right')),
  );
}

export function textTable(table: Table): MarkdownBlock {
  return alignedTable(
    table,
    table.head.map(() => null),
  );
}

function alignedTable({ head, rows }: Table, align: AlignType[]): MarkdownBlock {
  const row = (cells: readonly string[]) => ({
    type: 'tableRow' as const,
    children: cells.map((cell) => ({ type: 'tableCell' as const, children: [text(cell)] })),
  });
  return { type: 'table', align, children: [row(head), ...rows.map(row)] };
}

function text(value: string): PhrasingContent {
  return { type: 'text', value };
}
