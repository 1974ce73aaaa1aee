import { basename } from 'node:path';

import type { RunRecord } from '../../record/run-record.ts';

/** A record and what a report calls it: its file's name, which says when, how many users and what. */
export interface ReportedRun {
  readonly name: string;
  readonly record: RunRecord;
}

/** Runs are called by their files' names; where two are the same, a number tells them apart. A report has no paths in it. */
export function nameRuns(
  stored: readonly { readonly path: string; readonly record: RunRecord }[],
): readonly ReportedRun[] {
  const taken = new Map<string, number>();
  return stored.map(({ path, record }) => {
    const base = basename(path, '.json');
    const count = (taken.get(base) ?? 0) + 1;
    taken.set(base, count);
    return { name: count === 1 ? base : `${base} (${count})`, record };
  });
}
