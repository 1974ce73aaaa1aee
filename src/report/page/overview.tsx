import type { VNode } from 'preact';

import { growthTable } from '../tables/growth-table.ts';
import { mediansTable } from '../tables/medians-table.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import { runsTable } from '../tables/runs-table.ts';
import { Chart } from './chart.tsx';
import { DataTable } from './data-table.tsx';
import { mediansChart } from './medians-chart.ts';
import { SCALING_LINES, scalingChart } from './scaling-chart.ts';
import { hasFigures, seriesLegend } from './series.ts';

/** What several runs say together. */
export function Overview({ runs }: { readonly runs: readonly ReportedRun[] }): VNode {
  return (
    <section id="overview" aria-labelledby="overview-title">
      <h2 id="overview-title">All runs</h2>
      <DataTable table={runsTable(runs)} caption="Every run, times in ms" />
      <Scaling runs={runs} />
      {comparable(runs).map((group) => (
        <SideBySide runs={group} />
      ))}
    </section>
  );
}

function Scaling({ runs }: { readonly runs: readonly ReportedRun[] }): VNode | null {
  const records = runs
    .map(({ record }) => record)
    .filter(({ summary }) => summary.slowestCell1Ms !== undefined);
  if (new Set(records.map(({ plan }) => plan.users)).size < 2) return null;
  const sorted = records.toSorted((a, b) => a.plan.users - b.plan.users);
  return (
    <div class="part">
      <h3>Scaling</h3>
      <Chart
        caption="How the medians grow with the number of users who start at once."
        draw={(size) => scalingChart(sorted, size)}
        table={growthTable(sorted)}
        legend={seriesLegend(SCALING_LINES)}
      />
    </div>
  );
}

function SideBySide({ runs }: { readonly runs: readonly ReportedRun[] }): VNode {
  const series = runs.map(({ name, record }) => ({ name, summary: record.summary }));
  const users = runs[0]?.record.plan.users ?? 0;
  return (
    <div class="part">
      <h3>Side by side: {users === 1 ? '1 user' : `${users} users at once`}</h3>
      <Chart
        caption="Medians of each run, with the span from the fastest to the slowest user. Whether a difference is more than chance, a picture can't say."
        draw={(size) => mediansChart(series, size)}
        table={mediansTable(runs)}
        legend={seriesLegend(series.map(({ name }) => name))}
      />
    </div>
  );
}

/** Runs with the same number of users: others have little to say to each other. */
function comparable(runs: readonly ReportedRun[]): readonly (readonly ReportedRun[])[] {
  const measured = runs.filter(({ record }) => hasFigures(record.summary));
  const groups = Map.groupBy(measured, ({ record }) => record.plan.users);
  return [...groups.values()].filter((group) => group.length > 1);
}
