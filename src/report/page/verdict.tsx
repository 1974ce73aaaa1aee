import type { VNode } from 'preact';

import type { Criterion, RunRecord, Verdict as VerdictName } from '../../record/run-record.ts';
import { CRITERION_MARKS } from '../parts/criterion-marks.ts';

const VERDICT_MARKS: Readonly<Record<VerdictName, string>> = { passed: '✔', failed: '✘', incomplete: '?' };

export function VerdictBadge({ verdict }: { readonly verdict: VerdictName }): VNode {
  return (
    <span class={`badge ${verdict}`}>
      <span aria-hidden="true">{VERDICT_MARKS[verdict]}</span> {verdict}
    </span>
  );
}

/** Whatever criteria the record has, in its order. */
export function Criteria({ record: { criteria } }: { readonly record: RunRecord }): VNode {
  if (criteria.length === 0) return <p>The run was not judged.</p>;
  return (
    <ul class="criteria">
      {criteria.map((criterion) => (
        <CriterionLine {...criterion} />
      ))}
    </ul>
  );
}

function CriterionLine({ name, status, detail }: Criterion): VNode {
  return (
    <li class={status}>
      <span class="status">
        <span aria-hidden="true">{CRITERION_MARKS[status]}</span> {status}
      </span>
      <span>
        <strong>{name}</strong>
        <span class="detail">{detail}</span>
      </span>
    </li>
  );
}
