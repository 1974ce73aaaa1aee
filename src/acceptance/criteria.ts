import { judgedRounds, judgedUsers } from '../results/judged-rounds.ts';
import type { Criterion, PlanRecord, RoundRecord, RunRecord } from '../results/run-record.ts';
import { hasRightResult, isRight, type UserRecord } from '../results/user-record.ts';
import { judgeThreshold, thresholdsThat } from './thresholds.ts';

const MS_PER_S = 1000;

/** What a run is judged by: every round that was run, and what was planned. */
export interface Evidence {
  readonly plan: Pick<
    PlanRecord,
    'users' | 'rounds' | 'durationMs' | 'budgetMs' | 'comparisons' | 'thresholds' | 'browserStarts' | 'hub'
  > &
    Partial<Pick<PlanRecord, 'spawner'>>;
  readonly rounds: readonly RoundRecord[];
  readonly elapsedMs?: RunRecord['elapsedMs'];
  readonly comparisons?: RunRecord['comparisons'];
  readonly browser?: RunRecord['browser'];
  readonly notRun?: RunRecord['notRun'];
  readonly interrupted?: RunRecord['interrupted'];
  /** Where there is one, the run was to be accepted, and all of it is asked for. */
  readonly acceptance?: RunRecord['acceptance'];
}

/** Undefined where the run wasn't about that. */
export type Check = (evidence: Evidence) => Criterion | readonly Criterion[] | undefined;

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
  everyComparisonIsComplete,
  everyBrowserUserSawTheResult,
  everyBrowserUserGotOneKernel,
  thresholdsAreKept,
];

/** Of a run that was to go on for a time: rounds went on until it was over. */
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
  return overUsers('every user got to the end of cell 1', rounds, ({ stages }) =>
    stages.cell1Ms === undefined ? 'unknown' : 'met',
  );
}

/** A cell that raised has answered too, if wrongly. */
function everyResultIsRight({ rounds }: Evidence): Criterion {
  return overUsers('every result is right', rounds, (user) => {
    if (user.stages.cell1Ms === undefined) return 'unknown';
    return hasRightResult(user) ? 'met' : 'missed';
  });
}

/** One that never came to an end is no proof; one that raised has answered. */
function everyLaterCellIsRight({ rounds }: Evidence): Criterion | undefined {
  const users = rounds.flatMap((round) => round.users);
  if (users.every(({ cells }) => cells === undefined)) return undefined;
  return overUsers('every later cell is right', rounds, ({ cells = [] }) => {
    if (cells.some((cell) => cell.durationMs !== undefined && !isRight(cell))) return 'missed';
    return cells.length > 0 && cells.every(({ durationMs }) => durationMs !== undefined) ? 'met' : 'unknown';
  });
}

function everyCell1IsWithinBudget({ plan, rounds }: Evidence): Criterion {
  return overUsers(`every cell 1 is done within ${plan.budgetMs} ms`, rounds, ({ stages }) => {
    if (stages.cell1Ms === undefined) return 'unknown';
    return stages.cell1Ms <= plan.budgetMs ? 'met' : 'missed';
  });
}

const PROBE_STATUS = { answered: 'met', failed: 'missed', skipped: 'skipped' } as const;

/** Where a spawner doesn't show its kernels' ports, they are nobody's, whether the user got to a kernel or not. */
function everyKernelPortAnswers({ plan, rounds }: Evidence): Criterion {
  const told = rounds.flatMap((round) => round.users).flatMap(whyPortsAreHidden);
  const reasons = told.length > 0 ? told : whyAllPortsAreHidden(plan);
  const criterion = overUsers("every kernel's own ports answer", rounds, ({ stages, zmqProbe }) => {
    if (stages.cell1Ms === undefined) return reasons.length > 0 ? 'skipped' : 'unknown';
    return PROBE_STATUS[zmqProbe.status];
  });
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

/** A ratio over users that failed would compare nothing. Their times are nobody's budget. */
function everyComparisonIsComplete({ plan, rounds, comparisons }: Evidence): Criterion | undefined {
  const name = 'every comparison is complete';
  const wanted = plan.comparisons ?? [];
  if (wanted.length === 0) return undefined;
  const planned = plan.rounds ?? judgedRounds(rounds).length;
  const complete = wanted.filter((one) => isComplete(comparisons?.[one]?.rounds ?? [], planned));
  const missing = wanted.filter((one) => !complete.includes(one));
  const detail = missing.length > 0 ? `incomplete: ${missing.join(', ')}` : complete.join(', ');
  return { name, status: missing.length > 0 ? 'unknown' : 'met', detail };
}

/** An output that never came is no proof, a wrong one on the screen is. */
function everyBrowserUserSawTheResult({ plan, browser, notRun }: Evidence): Criterion | undefined {
  const { browserStarts: wanted = 0 } = plan;
  if (wanted === 0) return undefined;
  const shown = (browser?.starts ?? []).filter(({ actual }) => actual !== null);
  const right = shown.filter(({ actual, expected }) => actual === expected).length;
  const status = right < shown.length ? 'missed' : right < wanted ? 'unknown' : 'met';
  const why = notRun?.browser === undefined ? '' : `, not run: ${notRun.browser}`;
  const detail = `${right} of ${wanted} users${why}`;
  return { name: 'every browser user saw the right result', status, detail };
}

/** A second kernel is work that the person's start didn't need: what was measured is something else. */
function everyBrowserUserGotOneKernel({ plan, browser }: Evidence): Criterion | undefined {
  const { browserStarts: wanted = 0 } = plan;
  if (wanted === 0) return undefined;
  const counts = (browser?.starts ?? []).flatMap(({ kernels }) => kernels ?? []);
  const one = counts.filter((count) => count === 1).length;
  const status = one < counts.length ? 'missed' : one < wanted ? 'unknown' : 'met';
  return { name: 'every browser user got one kernel', status, detail: `${one} of ${wanted} users` };
}

/** Those that only warn are no criteria: `warningsOf` has them. */
function thresholdsAreKept({ plan, rounds }: Evidence): readonly Criterion[] {
  return thresholdsThat('fail', plan).map((threshold) => judgeThreshold(threshold, rounds, plan));
}

function isComplete(rounds: readonly RoundRecord[], wanted: number): boolean {
  return judgedRounds(rounds).length >= wanted && judgedUsers(rounds).every(hasRightResult);
}

function overUsers(
  name: string,
  rounds: readonly RoundRecord[],
  statusOf: (user: UserRecord) => Criterion['status'],
): Criterion {
  const judged = judgedUsers(rounds);
  const statuses = new Map(judged.map((user) => [user, statusOf(user)]));
  const unmet = judged.filter((user) => statuses.get(user) !== 'met');
  return { name, status: worstStatus([...statuses.values()]), detail: counted(judged, unmet) };
}

const SEVERITY = ['missed', 'unknown', 'skipped', 'met'] as const;

/** One against it is a proof; one without an answer, or none at all, leaves it open. */
export function worstStatus(statuses: readonly Criterion['status'][]): Criterion['status'] {
  return SEVERITY.find((status) => statuses.includes(status)) ?? 'unknown';
}

function counted(judged: readonly UserRecord[], unmet: readonly UserRecord[]): string {
  const names = unmet.slice(0, 5).map(({ user }) => user);
  const more = unmet.length > names.length ? ', …' : '';
  const exceptions = unmet.length > 0 ? ` (not ${names.join(', ')}${more})` : '';
  return `${judged.length - unmet.length} of ${judged.length} users${exceptions}`;
}
