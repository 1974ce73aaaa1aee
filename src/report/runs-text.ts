import type { RunRecord } from '../record/run-record.ts';
import { growthTable } from './tables/growth-table.ts';
import { plainTable } from '../text/plain-table.ts';
import { REPORTERS } from './reporters.ts';

/** The text of each run, and of several how the cost grows over them. */
export function runsText(runs: readonly { readonly record: RunRecord; readonly path: string }[]): string {
  const texts = runs.map(({ record, path }) => REPORTERS.text(record, path));
  if (runs.length < 2) return texts.join('\n');
  return [...texts, plainTable(growthTable(runs.map(({ record }) => record)))].join('\n');
}
