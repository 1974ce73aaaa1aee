import type { BrowserStart } from '../../record/browser-record.ts';
import { STAGE_LABELS, type Stage } from '../../record/stages.ts';
import { type CellRecord, isRight, type UserRecord } from '../../record/user-record.ts';

/** Where a user can fail: in a stage, a cell after the first (`cell2` and on), at the kernel's ports, or its restart. */
type FailedStage = Stage | `cell${number}` | 'kernelPorts' | 'restart';

type Outcome = UserRecord['outcome'];

export interface UserFailure {
  readonly stage: FailedStage;
  readonly outcome: Exclude<Outcome, 'completed'>;
  /** The place in a few words, e.g. `before server ready`. */
  readonly where: string;
  readonly cause: string;
  readonly logLines: readonly string[];
}

/** How a user ended as a whole. The record's own `outcome` ends with cell 1. */
export function outcomeOf(user: UserRecord): Outcome {
  return failureOf(user)?.outcome ?? user.outcome;
}

/** Why a user is no good: undefined where it got the right results and left nothing behind. */
export function failureOf(user: UserRecord): UserFailure | undefined {
  return failureOfCell1(user) ?? failureOfLaterCell(user) ?? failureAfterwards(user);
}

function failureOfCell1({
  error,
  outcome,
  expression,
  expected,
  actual,
}: UserRecord): UserFailure | undefined {
  if (error !== null) {
    const { stage, message, logLines } = error;
    const ended = outcome === 'completed' ? 'failed' : outcome;
    const cause = `${ended} before '${STAGE_LABELS[stage]}': ${message}`;
    return { stage, outcome: ended, where: `before ${STAGE_LABELS[stage]}`, cause, logLines };
  }
  if (actual === expected) return undefined;
  const cause = `${expression} showed ${actual ?? 'nothing'} instead of ${expected}`;
  return { stage: 'cell1', outcome: 'failed', where: 'in cell 1', cause, logLines: [] };
}

/** The first of them: what comes after it is not run. */
function failureOfLaterCell({ cells = [] }: UserRecord): UserFailure | undefined {
  const index = cells.findIndex((one) => !isRight(one));
  const cell = cells[index];
  if (cell === undefined) return undefined;
  const number = index + 2;
  return {
    ...{ stage: `cell${number}`, outcome: cell.outcome ?? 'failed', where: `in cell ${number}` },
    ...{ cause: causeOf(cell), logLines: [] },
  };
}

function failureAfterwards({ zmqProbe, restartError, stopError }: UserRecord): UserFailure | undefined {
  const failed = { outcome: 'failed', logLines: [] } as const;
  if (zmqProbe.status === 'failed') {
    const cause = `the kernel's own ports: ${zmqProbe.cause}`;
    return { ...failed, stage: 'kernelPorts', where: "at the kernel's own ports", cause };
  }
  if (restartError !== undefined) {
    const cause = `the kernel was not restarted: ${restartError}`;
    return { ...failed, stage: 'restart', where: 'while its kernel was restarted', cause };
  }
  if (stopError === undefined) return undefined;
  return { ...failed, stage: 'stopped', where: 'while it was stopped', cause: `not stopped: ${stopError}` };
}

/** Why a start in a browser is no good; undefined where the right result was on the screen. */
export function failureOfStart(start: BrowserStart): string | undefined {
  const { expression, expected, actual, error, kernels = 1 } = start;
  if (error !== undefined) return error;
  if (actual !== expected) return `${expression} showed ${actual ?? 'nothing'} instead of ${expected}`;
  if (kernels === 1) return undefined;
  return `JupyterLab had the server start ${kernels} kernels for one notebook: the times are those of another start`;
}

function causeOf({ expression, expected, actual, error }: CellRecord): string {
  return `a later cell, ${expression}: ${error ?? `showed ${actual ?? 'nothing'} instead of ${expected}`}`;
}
