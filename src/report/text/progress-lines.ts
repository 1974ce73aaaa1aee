import type { RoundRecord } from '../../record/run-record.ts';
import { slowestUser } from '../../stats/summarize.ts';
import { formatMs } from '../../text/format-ms.ts';
import { outcomeOf } from '../parts/user-failure.ts';

/** Said when a round begins; `rounds` are the judged ones, where their number is known. */
export function roundStartLine(
  { index, warmup, comparison }: Pick<RoundRecord, 'index' | 'warmup'> & { readonly comparison?: string },
  { users, rounds, how }: { readonly users: number; readonly rounds?: number; readonly how: string },
): string {
  const which = warmup ? 'warm-up round' : `round ${index}${rounds === undefined ? '' : ` of ${rounds}`}`;
  return `${comparison === undefined ? '' : `${comparison}, `}${which}: ${users === 1 ? '1 user' : `${users} users ${how}`} …`;
}

/** Said when a round has ended, its servers stopped and its leftovers looked for. */
export function roundEndLine(round: RoundRecord): string {
  const completed = round.users.filter((user) => outcomeOf(user) === 'completed');
  const slowest = `slowest cell 1 after ${formatMs(slowestUser(round.users)?.stages.cell1Ms)} ms`;
  const found = round.leftovers.filter(({ kind }) => kind !== 'unknown');
  const left = found.length > 0 ? `, ${found.length} left behind` : '';
  return `  ${completed.length} of ${round.users.length} completed, ${slowest}${left}`;
}

/** Said when a person in a browser is about to click. */
export function visitLine({ number, of }: { readonly number: number; readonly of: number }): string {
  return `in Chromium, person ${number} of ${of} …`;
}
