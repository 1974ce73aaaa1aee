import type { VNode } from 'preact';

import type { RunRecord } from '../../results/run-record.ts';
import { formatMs } from '../format-ms.ts';

/** What somebody wants to know first. */
export function KeyFigures({ record }: { readonly record: RunRecord }): VNode {
  const { summary, plan, rounds } = record;
  const users = rounds.filter(({ warmup }) => !warmup).flatMap((round) => round.users);
  const completed = users.filter(({ outcome }) => outcome === 'completed').length;
  return (
    <dl class="figures">
      <Figure label="cell 1 done, p50" value={formatMs(summary.cell1Ms?.p50)} unit="ms" />
      <Figure
        label="slowest cell 1 of a round, p50"
        value={formatMs(summary.slowestCell1Ms?.p50)}
        unit="ms"
      />
      <Figure label="budget for every cell 1" value={`${plan.budgetMs}`} unit="ms" />
      <Figure label="users that got to the end" value={`${completed} of ${users.length}`} />
    </dl>
  );
}

function Figure(props: { readonly label: string; readonly value: string; readonly unit?: string }): VNode {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>
        {props.value}
        {props.unit !== undefined && <span class="unit"> {props.unit}</span>}
      </dd>
    </div>
  );
}
