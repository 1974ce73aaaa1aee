import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { messageOf } from '../caught-error.ts';
import { pythonChildEnvironment } from '../process/child-environment.ts';

const execFileAsync = promisify(execFile);

/** Runs a program to its end; rejects when it fails, with what it wrote. */
export type Run = (
  command: string,
  args: readonly string[],
) => Promise<{ readonly stdout: string; readonly stderr: string }>;

const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

export function makeRunner(signal: AbortSignal | undefined): Run {
  return async (command, args) => {
    // Without compiled modules every start of a hub would compile them anew.
    const { stdout, stderr } = await execFileAsync(command, args, {
      env: { ...pythonChildEnvironment(), PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' },
      maxBuffer: OUTPUT_LIMIT_BYTES,
      // As Ctrl-C does: pip then removes what it has unpacked.
      killSignal: 'SIGINT',
      ...(signal === undefined ? {} : { signal }),
    });
    return { stdout, stderr };
  };
}

/** The last lines that a failed program wrote. */
export function failureText(error: unknown, lines = 8): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string') {
    return error.stderr.trim().split('\n').slice(-lines).join('\n');
  }
  return messageOf(error);
}
