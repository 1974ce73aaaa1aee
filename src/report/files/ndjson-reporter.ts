import { BROWSER_MOMENTS, momentKey } from '../../record/browser-record.ts';
import { STAGES, stageKey } from '../../record/stages.ts';
import type { UserRecord } from '../../record/user-record.ts';
import { measuredRounds } from '../parts/measured-rounds.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import { failureOf, failureOfStart } from '../parts/user-failure.ts';

/** Programs are given one JSON object a line, for each stage that a user reached and for each failure. */
export function reportNdjson(runs: readonly ReportedRun[]): string {
  const lines = runs.flatMap((run) => [...linesOfRounds(run), ...linesOfBrowser(run)]);
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function linesOfRounds({ name, record }: ReportedRun): readonly object[] {
  const usersAtOnce = record.plan.users;
  return measuredRounds(record).flatMap(({ measured, round: { index, warmup, users } }) =>
    users.flatMap((user) => {
      const head = { run: name, measured, usersAtOnce, round: index, warmup, user: user.user };
      return [...samplesOf(user), ...failuresOf(user)].map((line) => ({ ...head, ...line }));
    }),
  );
}

function linesOfBrowser({ name, record: { browser } }: ReportedRun): readonly object[] {
  return (browser?.starts ?? []).flatMap((start) => {
    const head = { run: name, measured: 'browser', user: start.user };
    const moments = BROWSER_MOMENTS.flatMap((moment) => {
      const fromClickMs = start[momentKey(moment)];
      return fromClickMs === undefined ? [] : [{ type: 'moment', moment, fromClickMs }];
    });
    const failure = failureOfStart(start);
    const failures = failure === undefined ? [] : [{ type: 'failure', cause: failure }];
    return [...moments, ...failures].map((line) => ({ ...head, ...line }));
  });
}

function samplesOf({ stages, restartMs }: UserRecord): readonly object[] {
  const samples = STAGES.flatMap((stage) => {
    const fromBarrierMs = stages[stageKey(stage)];
    return fromBarrierMs === undefined ? [] : [{ type: 'sample', stage, fromBarrierMs }];
  });
  return [...samples, ...(restartMs === undefined ? [] : [{ type: 'restart', durationMs: restartMs }])];
}

function failuresOf(user: UserRecord): readonly object[] {
  const failure = failureOf(user);
  if (failure === undefined) return [];
  const { outcome, stage, cause, logLines } = failure;
  return [{ type: 'failure', outcome, stage, cause, logLines }];
}
