import type { ComponentChildren, VNode } from 'preact';

import { warningsOf } from '../../verdict/warnings.ts';
import { backendSentence } from '../../record/backend-sentence.ts';
import type { RunRecord } from '../../record/run-record.ts';
import { browserTable } from '../tables/browser-table.ts';
import { comparisonTable } from '../tables/comparison-table.ts';
import { environmentTable, packagesTable } from '../tables/environment-table.ts';
import { failureList } from '../tables/failure-list.ts';
import { memoryTable } from '../tables/memory-table.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import { notableRounds, notableRoundsNote } from '../parts/notable-rounds.ts';
import { roundTable } from '../tables/round-table.ts';
import { stageTable } from '../tables/stage-table.ts';
import { Chart } from './chart.tsx';
import { DataTable } from './data-table.tsx';
import { distributionChart } from './distribution-chart.ts';
import { KeyFigures } from './figures.tsx';
import { mediansChart } from './medians-chart.ts';
import { Rounds } from './rounds.tsx';
import { hasFigures, type Series, seriesLegend } from './series.ts';
import { Criteria, VerdictBadge } from './verdict.tsx';

/** All about one run. */
export function RunSection({ run, id }: { readonly run: ReportedRun; readonly id: string }): VNode {
  const { name, record } = run;
  const { plan, backend } = record;
  return (
    <section id={id} aria-labelledby={`${id}-title`} class="run">
      <h2 id={`${id}-title`}>
        {plan.users} {plan.users === 1 ? 'user' : 'users at once'}, {backend.kind}{' '}
        <VerdictBadge verdict={record.verdict} />
      </h2>
      <p class="detail">
        {name} · {backendSentence(backend)}
      </p>
      <KeyFigures record={record} />
      <Part title="Criteria">
        <Criteria record={record} />
      </Part>
      <Warnings record={record} />
      <Failures record={record} />
      <Part title="Distribution per stage">
        <Distribution record={record} />
      </Part>
      <Comparison record={record} />
      <Part title="Waterfall per user and round">
        {record.rounds.length === 0 && <p>No round was run.</p>}
        {notableRoundsNote(record.rounds).map((note) => (
          <p>{note}.</p>
        ))}
        <Rounds rounds={notableRounds(record.rounds)} budgetMs={plan.budgetMs} />
      </Part>
      <Part title="Rounds">
        <DataTable table={roundTable(record.rounds)} caption="Every round, times in ms" />
      </Part>
      {memoryTable(record).map((table) => (
        <Part title="Memory">
          <DataTable table={table} caption="Memory while all users are ready, in MiB" />
        </Part>
      ))}
      {browserTable(record).map((table) => (
        <Part title="A person in a browser">
          <DataTable table={table} caption="From the click on 'Start My Server', one person after another" />
        </Part>
      ))}
      <Part title="Environment">
        <DataTable table={environmentTable(record)} caption="What was measured, how and where" of="words" />
        <details>
          <summary>Versions of all packages</summary>
          <DataTable table={packagesTable(record)} caption="Packages of client, hub and guest" of="words" />
        </details>
      </Part>
    </section>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }): VNode {
  return (
    <div class="part">
      <h3>{title}</h3>
      {children}
    </div>
  );
}

/** What makes the figures doubtful stands before them. */
function Warnings({ record }: { readonly record: RunRecord }): VNode | null {
  const warnings = warningsOf(record);
  if (warnings.length === 0) return null;
  return (
    <Part title="Warnings">
      <ul class="warnings">
        {warnings.map((text) => (
          <li>{text}</li>
        ))}
      </ul>
    </Part>
  );
}

function Failures({ record }: { readonly record: RunRecord }): VNode | null {
  const list = failureList(record);
  if (list.length === 0) return null;
  return (
    <Part title="What went wrong">
      <pre tabIndex={0}>{list.join('\n')}</pre>
    </Part>
  );
}

function Distribution({ record }: { readonly record: RunRecord }): VNode {
  const { rounds, summary } = record;
  if (!hasFigures(summary)) return <p>No user of a judged round got to the end: there are no figures.</p>;
  return (
    <Chart
      caption="When each stage was over, one fine line a user of the judged rounds; the long line is the median, whose figure stands at the right, the dashed one p95."
      draw={(size) => distributionChart(rounds, summary, size)}
      table={stageTable(record)}
    />
  );
}

function Comparison({ record }: { readonly record: RunRecord }): VNode | null {
  const { floor, baseline } = record.comparisons ?? {};
  const series: readonly Series[] = [
    { name: 'ours', summary: record.summary },
    ...(floor === undefined ? [] : [{ name: 'floor: a spawner that does nothing', summary: floor.summary }]),
    ...(baseline === undefined
      ? []
      : [{ name: `baseline: ${baseline.backend.isolation}`, summary: baseline.summary }]),
  ];
  if (!series.some(({ summary }) => hasFigures(summary))) return null;
  return (
    <>
      {comparisonTable(record).map((table) => (
        <Part title="Comparison">
          <Chart
            caption="Medians of what took turns, with the span from the fastest to the slowest user."
            draw={(size) => mediansChart(series, size)}
            table={table}
            legend={seriesLegend(series.map(({ name }) => name))}
          />
        </Part>
      ))}
    </>
  );
}
