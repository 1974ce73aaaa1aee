import type { Criterion, PlanRecord, RoundRecord } from '../results/run-record.ts';
import type { UserRecord } from '../results/user-record.ts';

/** What a run is judged by: every round that was run, and what was planned. */
export interface Evidence {
  readonly plan: Pick<PlanRecord, 'rounds' | 'budgetMs'>;
  readonly rounds: readonly RoundRecord[];
}

type Check = (evidence: Evidence) => Criterion;

/**
 * A criterion is missed by proof, and unknown where a measurement is missing: a missing value
 * never counts as met.
 */
export const CRITERIA: readonly Check[] = [
  everyRoundWasRun,
  everyUserCompleted,
  everyResultIsRight,
  everyCell1IsWithinBudget,
  everyKernelPortAnswers,
  nothingIsLeft,
];

function everyRoundWasRun({ plan, rounds }: Evidence): Criterion {
  const judged = rounds.filter((round) => !round.warmup).length;
  const detail = `${judged} of ${plan.rounds} judged rounds were run`;
  return { name: 'every round was run', status: judged >= plan.rounds ? 'met' : 'unknown', detail };
}

function everyUserCompleted({ rounds }: Evidence): Criterion {
  const judged = judgedUsers(rounds);
  const ended = judged.filter((user) => user.outcome !== 'completed' && !cellRaised(user));
  const status = judged.length > 0 && ended.length === 0 ? 'met' : 'unknown';
  return { name: 'every user got to the end of cell 1', status, detail: counted(judged, ended) };
}

function everyResultIsRight({ rounds }: Evidence): Criterion {
  const judged = judgedUsers(rounds);
  const wrong = judged.filter((user) => cellRaised(user) || isWrong(user));
  return proofCriterion('every result is right', judged, wrong);
}

function everyCell1IsWithinBudget({ plan, rounds }: Evidence): Criterion {
  const judged = judgedUsers(rounds);
  const slow = judged.filter((user) => (user.stages.cell1Ms ?? 0) > plan.budgetMs);
  return proofCriterion(`every cell 1 is done within ${plan.budgetMs} ms`, judged, slow);
}

function everyKernelPortAnswers({ rounds }: Evidence): Criterion {
  const judged = judgedUsers(rounds);
  const silent = judged.filter((user) => user.zmqProbe.status === 'failed');
  return proofCriterion("every kernel's own ports answer", judged, silent);
}

/** Warm-up rounds included: what they leave behind is left behind. */
function nothingIsLeft({ rounds }: Evidence): Criterion {
  const leftovers = rounds.flatMap((round) => round.leftovers);
  const named = leftovers.map(({ kind, detail }) => `${kind} ${detail}`).join(', ');
  if (leftovers.some(({ kind }) => kind !== 'unknown')) {
    return { name: 'nothing is left', status: 'missed', detail: `left: ${named}` };
  }
  const unchecked = rounds.length === 0 || leftovers.length > 0;
  const detail = unchecked ? `could not be checked${named && `: ${named}`}` : 'no sandbox, process or port';
  return { name: 'nothing is left', status: unchecked ? 'unknown' : 'met', detail };
}

function proofCriterion(
  name: string,
  judged: readonly UserRecord[],
  against: readonly UserRecord[],
): Criterion {
  const status = against.length > 0 ? 'missed' : judged.length > 0 ? 'met' : 'unknown';
  return { name, status, detail: counted(judged, against) };
}

function counted(judged: readonly UserRecord[], against: readonly UserRecord[]): string {
  const names = against.slice(0, 5).map((user) => user.user);
  const more = against.length > names.length ? ', …' : '';
  const exceptions = against.length > 0 ? ` (not ${names.join(', ')}${more})` : '';
  return `${judged.length - against.length} of ${judged.length} users${exceptions}`;
}

function judgedUsers(rounds: readonly RoundRecord[]): readonly UserRecord[] {
  return rounds.filter((round) => !round.warmup).flatMap((round) => round.users);
}

function isWrong(user: UserRecord): boolean {
  return user.outcome === 'completed' && user.actual !== user.expected;
}

/** The cell ran and raised: an answer, if a wrong one. */
function cellRaised(user: UserRecord): boolean {
  return user.outcome === 'failed' && user.error?.stage === 'cell1' && user.stages.cell1Ms !== undefined;
}
