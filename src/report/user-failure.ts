import type { BrowserStart } from '../results/browser-record.ts';
import { STAGE_LABELS, type Stage } from '../results/stages.ts';
import { type CellRecord, isRight, type UserRecord } from '../results/user-record.ts';

export interface UserFailure {
  /** The stage that the user did not get through. */
  readonly stage: Stage;
  readonly cause: string;
  readonly logLines: readonly string[];
}

/** Why a user is no good: undefined where it got the right result and left nothing behind. */
export function failureOf(user: UserRecord): UserFailure | undefined {
  const { error, outcome, expression, expected, actual, zmqProbe, restartError, stopError } = user;
  if (error !== null) {
    const cause = `${outcome} before '${STAGE_LABELS[error.stage]}': ${error.message}`;
    return { stage: error.stage, cause, logLines: error.logLines };
  }
  if (actual !== expected) {
    const cause = `${expression} showed ${actual ?? 'nothing'} instead of ${expected}`;
    return { stage: 'cell1', cause, logLines: [] };
  }
  const cell = user.cells?.find((one) => !isRight(one));
  if (cell !== undefined) return { stage: 'stopped', cause: causeOf(cell), logLines: [] };
  if (zmqProbe.status === 'failed') {
    return { stage: 'kernelReady', cause: `the kernel's own ports: ${zmqProbe.cause}`, logLines: [] };
  }
  if (restartError !== undefined) {
    return { stage: 'stopped', cause: `the kernel was not restarted: ${restartError}`, logLines: [] };
  }
  if (stopError !== undefined) return { stage: 'stopped', cause: `not stopped: ${stopError}`, logLines: [] };
  return undefined;
}

/** Why a start in a browser is no good; undefined where the right result was on the screen. */
export function failureOfStart({ expression, expected, actual, error }: BrowserStart): string | undefined {
  if (error !== undefined) return error;
  return actual === expected
    ? undefined
    : `${expression} showed ${actual ?? 'nothing'} instead of ${expected}`;
}

/** All stages but the last are over by then. */
function causeOf({ expression, expected, actual, error }: CellRecord): string {
  return `a later cell, ${expression}: ${error ?? `showed ${actual ?? 'nothing'} instead of ${expected}`}`;
}
