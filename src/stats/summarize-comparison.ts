import { judgedUsers } from '../record/judged-rounds.ts';
import type {
  BackendRecord,
  ComparisonRecord,
  RoundRecord,
  Statistics,
  Summary,
} from '../record/run-record.ts';
import { isCompleted } from '../record/user-record.ts';
import { summarize } from './summarize.ts';

/** Their rounds beside ours: what is divided are medians of rounds that took turns. */
export function summarizeComparison(
  ours: Summary,
  theirRounds: readonly RoundRecord[],
  backend: BackendRecord,
): ComparisonRecord {
  const theirs = summarize(theirRounds);
  // A median of some of their users only would compare nothing.
  const complete = judgedUsers(theirRounds).every(isCompleted);
  const serverReady = complete ? ratio(ours.serverReadyMs, theirs.serverReadyMs) : undefined;
  const slowestCell1 = complete ? ratio(ours.slowestCell1Ms, theirs.slowestCell1Ms) : undefined;
  return {
    backend,
    rounds: [...theirRounds],
    summary: theirs,
    oursPerTheirs: {
      ...(serverReady !== undefined && { serverReady }),
      ...(slowestCell1 !== undefined && { slowestCell1 }),
    },
  };
}

/** The quotient has three decimals; it is undefined where one of them was never measured. */
function ratio(ours: Statistics | undefined, theirs: Statistics | undefined): number | undefined {
  if (ours === undefined || theirs === undefined || theirs.p50 === 0) return undefined;
  return Math.round((ours.p50 / theirs.p50) * 1000) / 1000;
}
