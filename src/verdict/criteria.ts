import { judgedRounds, judgedUsers } from '../record/judged-rounds.ts';
import type { Criterion } from '../record/run-record.ts';
import { hasRightResult, isRight, type UserRecord } from '../record/user-record.ts';
import type { Check, Evidence } from './evidence.ts';
import { overUsers } from './over-users.ts';

const MS_PER_S = 1000;

/**
 * A criterion is missed by proof, and unknown where a measurement is missing: a missing value
 * never counts as met. It is skipped where it makes no sense, which the verdict ignores.
 */
export const CRITERIA: readonly Check[] = [
  everyRoundWasRun,
  everyUserCompleted,
  everyResultIsRight,
  everyLaterCellIsRight,
  everyCell1IsWithinBudget,
  everyKernelPortAnswers,
  nothingIsLeft,
];

/** A run that was to go on for a time is whole when its rounds went on until it was over. */
function everyRoundWasRun({ plan, rounds, elapsedMs = 0 }: Evidence): Criterion {
  const name = 'every round was run';
  const judged = judgedRounds(rounds).length;
  if (plan.rounds !== undefined) {
    const detail = `${judged} of ${plan.rounds} judged rounds were run`;
    return { name, status: judged >= plan.rounds ? 'met' : 'unknown', detail };
  }
  const { durationMs = Infinity } = plan;
  const detail = `${judged} judged rounds were run in ${inSeconds(elapsedMs)} of ${inSeconds(durationMs)} s`;
  return { name, status: judged > 0 && elapsedMs >= durationMs ? 'met' : 'unknown', detail };
}

function inSeconds(durationMs: number): string {
  return (durationMs / MS_PER_S).toFixed(1);
}

function everyUserCompleted({ rounds }: Evidence): Criterion {
  return overUsers('every user got to the end of cell 1', judgedUsers(rounds), ({ stages }) =>
    stages.cell1Ms === undefined ? 'unknown' : 'met',
  );
}

/** A cell that raised has answered too, if wrongly. */
function everyResultIsRight({ rounds }: Evidence): Criterion {
  return overUsers('every result is right', judgedUsers(rounds), (user) => {
    if (user.stages.cell1Ms === undefined) return 'unknown';
    return hasRightResult(user) ? 'met' : 'missed';
  });
}

/** One that never came to an end is no proof; one that raised has answered. */
function everyLaterCellIsRight({ rounds }: Evidence): Criterion | undefined {
  const users = rounds.flatMap((round) => round.users);
  if (users.every(({ cells }) => cells === undefined)) return undefined;
  return overUsers('every later cell is right', judgedUsers(rounds), ({ cells = [] }) => {
    if (cells.some((cell) => cell.durationMs !== undefined && !isRight(cell))) return 'missed';
    return cells.length > 0 && cells.every(({ durationMs }) => durationMs !== undefined) ? 'met' : 'unknown';
  });
}

function everyCell1IsWithinBudget({ plan, rounds }: Evidence): Criterion {
  return overUsers(`every cell 1 is done within ${plan.budgetMs} ms`, judgedUsers(rounds), ({ stages }) => {
    if (stages.cell1Ms === undefined) return 'unknown';
    return stages.cell1Ms <= plan.budgetMs ? 'met' : 'missed';
  });
}

const PROBE_STATUS = { answered: 'met', failed: 'missed', skipped: 'skipped' } as const;

/** Where a spawner doesn't show its kernels' ports, they are nobody's, whether the user got to a kernel or not. */
function everyKernelPortAnswers({ plan, rounds }: Evidence): Criterion {
  const told = rounds.flatMap((round) => round.users).flatMap(whyPortsAreHidden);
  const reasons = told.length > 0 ? told : whyAllPortsAreHidden(plan);
  const criterion = overUsers(
    "every kernel's own ports answer",
    judgedUsers(rounds),
    ({ stages, zmqProbe }) => {
      if (stages.cell1Ms === undefined) return reasons.length > 0 ? 'skipped' : 'unknown';
      return PROBE_STATUS[zmqProbe.status];
    },
  );
  if (criterion.status !== 'skipped') return criterion;
  return { ...criterion, detail: `skipped: ${[...new Set(reasons)].join('; ')}` };
}

function whyAllPortsAreHidden({ hub, spawner = 'forkd' }: Evidence['plan']): readonly string[] {
  if (hub !== undefined) return ["an existing hub doesn't say where its kernels' ports are"];
  return spawner === 'forkd' ? [] : [`${spawner} doesn't say where its kernels' ports are`];
}

/** Only of a kernel that has answered: of others nobody knows. */
function whyPortsAreHidden({ stages, zmqProbe }: UserRecord): readonly string[] {
  return stages.cell1Ms !== undefined && zmqProbe.status === 'skipped' ? [zmqProbe.reason] : [];
}

/** Warm-up rounds included: what they leave behind is left behind. */
function nothingIsLeft({ rounds }: Evidence): Criterion {
  const leftovers = rounds.flatMap((round) => round.leftovers);
  const named = leftovers.map(({ kind, detail }) => `${kind} ${detail}`).join(', ');
  if (leftovers.some(({ kind }) => kind !== 'unknown')) {
    return { name: 'nothing is left', status: 'missed', detail: `left: ${named}` };
  }
  const unseen = rounds.flatMap(({ leftoversUnseen }) => leftoversUnseen ?? []);
  if (unseen.length > 0 && leftovers.length === 0) {
    return {
      name: 'nothing is left',
      status: 'skipped',
      detail: `skipped: ${[...new Set(unseen)].join('; ')}`,
    };
  }
  const unchecked = rounds.length === 0 || leftovers.length > 0;
  const detail = unchecked ? `could not be checked${named && `: ${named}`}` : 'no sandbox, process or port';
  return { name: 'nothing is left', status: unchecked ? 'unknown' : 'met', detail };
}
