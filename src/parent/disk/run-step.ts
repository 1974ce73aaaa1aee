import { findProgram } from '../../process/find-program.ts';
import { untilGroupEnded } from '../../process/process-group.ts';
import { startProcess } from '../../process/supervised-process.ts';
import { diskFull, stepFailed } from '../parent-faults.ts';

const STOP_MS = 3000;
const LINES = 12;

export interface Step {
  /** Errors call it by this name. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Gets what it writes. */
  readonly logFile: string;
  /** The folder that it fills: the one to name when the disk is full. */
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What to do when it fails for a reason that only its output knows. */
  readonly hint?: string;
  readonly signal: AbortSignal;
}

/** Runs a program to its end; an interruption ends it with all that it has started. */
export async function runStep(step: Step): Promise<void> {
  const { name, args, logFile, folder, signal } = step;
  signal.throwIfAborted();
  // By our own search path: the program's may be another.
  const command = (await findProgram(step.command)) ?? step.command;
  const process_ = await startProcess({
    ...{ name, command, args, logFile, cwd: '/' },
    env: step.env ?? process.env,
  });
  await untilGroupEnded(process_, signal, { timeoutMs: STOP_MS });
  signal.throwIfAborted();
  if (process_.end?.exitCode === 0) return;
  const lines = await process_.lastLogLines(LINES);
  if (lines.some((line) => /no space left on device|ENOSPC/i.test(line))) throw diskFull(folder);
  throw stepFailed(name, process_.end?.description ?? 'no exit code', lines, step.hint);
}
