import { judgedRounds, judgedUsers } from '../record/judged-rounds.ts';
import type { Criterion, RoundRecord } from '../record/run-record.ts';
import { hasRightResult, isCompleted, type UserRecord } from '../record/user-record.ts';
import type { Check, Evidence } from './evidence.ts';
import { overUsers } from './over-users.ts';
import { judgeThreshold, thresholdsThat } from './thresholds.ts';

/** Of what a run was asked for besides its rounds: absent where it wasn't, unknown where it is missing. */
export const OPTIONAL_CRITERIA: readonly Check[] = [
  everyKernelWasRestarted,
  everyComparisonIsComplete,
  memoryWasRead,
  everyBrowserUserSawTheResult,
  everyBrowserUserGotOneKernel,
  thresholdsAreKept,
];

/** Only of who got through: nobody else's kernel was to be restarted, which other criteria tell. */
function everyKernelWasRestarted({ plan, rounds }: Evidence): Criterion | undefined {
  const name = 'every kernel was restarted';
  if (plan.restart !== true) return undefined;
  const due = judgedUsers(rounds).filter(isCompleted);
  if (due.length === 0) {
    return { name, status: 'skipped', detail: 'skipped: no user got to the end of cell 1' };
  }
  return overUsers(name, due, ({ restartMs, restartError }) => {
    if (restartError !== undefined) return 'missed';
    return restartMs === undefined ? 'unknown' : 'met';
  });
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

/** A record of an older release says only by what it holds that memory was asked for. */
function memoryWasRead({ plan, memory, notRun }: Evidence): Criterion | undefined {
  const name = 'memory was read';
  if (memory !== undefined) return { name, status: 'met', detail: `${memory.users} users` };
  const why = notRun?.memory;
  if (plan.memory !== true && why === undefined) return undefined;
  return { name, status: 'unknown', detail: why === undefined ? 'not read' : `not read: ${why}` };
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
  const isWell = (user: UserRecord): boolean => hasRightResult(user) && user.restartError === undefined;
  return judgedRounds(rounds).length >= wanted && judgedUsers(rounds).every(isWell);
}
