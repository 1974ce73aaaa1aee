import type { VNode } from 'preact';

import { isCompleted } from '../../record/user-record.ts';
import { judgedUsers } from '../../record/judged-rounds.ts';
import type { RunRecord, Statistics } from '../../record/run-record.ts';
import { formatMs } from '../../text/format-ms.ts';

/** What somebody wants to know first. */
export function KeyFigures({ record }: { readonly record: RunRecord }): VNode {
  const { summary, plan, rounds } = record;
  const users = judgedUsers(rounds);
  const completed = users.filter(isCompleted).length;
  return (
    <dl class="figures">
      <Median label="cell 1 done, p50" of={summary.cell1Ms} />
      <Median label="slowest cell 1 of a round, p50" of={summary.slowestCell1Ms} />
      <Figure label="budget for every cell 1" value={`${plan.budgetMs}`} unit="ms" />
      <Figure label="users that got to the end" value={`${completed} of ${users.length}`} />
    </dl>
  );
}

function Median({ label, of }: { readonly label: string; readonly of: Statistics | undefined }): VNode {
  const { p50, p50Interval: bounds } = of ?? {};
  const sure = bounds && { note: `95 % sure: ${formatMs(bounds.low)} to ${formatMs(bounds.high)}` };
  return <Figure label={label} value={formatMs(p50)} unit="ms" {...sure} />;
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly unit?: string;
  readonly note?: string;
}

function Figure(props: FigureProps): VNode {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>
        {props.value}
        {props.unit !== undefined && <span class="unit"> {props.unit}</span>}
        {props.note !== undefined && <span class="interval">{props.note}</span>}
      </dd>
    </div>
  );
}
