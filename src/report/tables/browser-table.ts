import { BROWSER_MOMENTS, type BrowserMoment } from '../../record/browser-record.ts';
import type { RunRecord } from '../../record/run-record.ts';
import { momentStatistics } from '../../stats/moment-statistics.ts';
import { formatMs } from '../../text/format-ms.ts';
import type { Table } from '../../text/table.ts';

const LABELS: Readonly<Record<BrowserMoment, string>> = {
  serverShown: "the server's page begins",
  labShown: 'JupyterLab shown',
  notebookShown: 'notebook shown',
  cellShown: "the first cell's output shown",
};

/** What a person has waited for; nothing where no browser was asked for. */
export function browserTable({ browser }: RunRecord): readonly Table[] {
  if (browser === undefined) return [];
  const { version, starts } = browser;
  const rows = BROWSER_MOMENTS.map((moment) => {
    const { min, p50, max } = momentStatistics(browser, moment) ?? {};
    return [LABELS[moment], ...[min, p50, max].map(formatMs)];
  });
  const head = `ms from the click, Chromium ${version}, ${starts.length} ${starts.length === 1 ? 'start' : 'starts'}`;
  return [{ head: [head, 'min', 'p50', 'max'], rows }];
}
