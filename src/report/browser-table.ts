import type { BrowserStart } from '../results/browser-record.ts';
import type { RunRecord } from '../results/run-record.ts';
import { describeSamples } from '../stats/statistics.ts';
import { formatMs } from './format-ms.ts';
import type { Table } from './table.ts';

const MOMENTS = [
  ['serverShownMs', "the server's page begins"],
  ['labShownMs', 'JupyterLab shown'],
  ['notebookShownMs', 'notebook shown'],
  ['cellShownMs', "the first cell's output shown"],
] as const satisfies readonly (readonly [keyof BrowserStart, string])[];

/** What a person has waited for; nothing where no browser was asked for. */
export function browserTable({ browser }: RunRecord): readonly Table[] {
  if (browser === undefined) return [];
  const rows = MOMENTS.map(([moment, label]) => {
    const { min, p50, max } = describeSamples(browser.starts.flatMap((start) => start[moment] ?? [])) ?? {};
    return [label, ...[min, p50, max].map(formatMs)];
  });
  const head = `ms from the click, Chromium ${browser.version}, ${browser.starts.length} starts`;
  return [{ head: [head, 'min', 'p50', 'max'], rows }];
}
