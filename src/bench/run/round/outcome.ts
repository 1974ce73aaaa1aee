import type { Stage } from '../../../record/stages.ts';
import { messageWithCauses } from '../../../faults/caught-error.ts';
import { remedyIn } from '../../../faults/shortages.ts';
import type { StageError } from '../../../record/user-record.ts';

/** How a user's start ended. */
export type UserOutcome =
  | { readonly outcome: 'completed'; readonly actual: string | null; readonly error: null }
  | {
      readonly outcome: 'failed' | 'timed-out' | 'aborted';
      readonly actual: null;
      readonly error: StageError;
    };

/** The reason by which a round's signal aborts when a user's time is up. */
export class UserTimeout extends Error {
  override readonly name = 'UserTimeout';
  constructor(timeoutMs: number, since: 'the barrier' | 'its start') {
    super(`not done ${timeoutMs} ms after ${since}`);
  }
}

/** Turns what ended a stage into data; `signal` tells a time-out and an interruption from a failure. */
export function endedEarly(stage: Stage, cause: unknown, signal: AbortSignal): UserOutcome {
  const [sentence = '', ...logLines] = messageWithCauses(signal.aborted ? signal.reason : cause).split('\n');
  return {
    outcome: kindOfEnd(signal),
    actual: null,
    error: { stage, message: withRemedy(sentence), logLines },
  };
}

/** The hub's users, for whom its sentence is, can't mend a shortage; whoever measures it can. */
function withRemedy(sentence: string): string {
  const remedy = remedyIn(sentence);
  return remedy === undefined || sentence.endsWith(remedy) ? sentence : `${sentence}: ${remedy}`;
}

/** How ended what could not be done. */
export function kindOfEnd(signal: AbortSignal): 'failed' | 'timed-out' | 'aborted' {
  if (!signal.aborted) return 'failed';
  return signal.reason instanceof UserTimeout ? 'timed-out' : 'aborted';
}
