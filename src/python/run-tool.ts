import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

import { messageOf } from '../caught-error.ts';
import { pythonChildEnvironment } from '../process/child-environment.ts';

/** Runs a program to its end; rejects when it fails, with what it wrote. */
export type Run = (
  command: string,
  args: readonly string[],
) => Promise<{ readonly stdout: string; readonly stderr: string }>;

/** After an interruption pip removes what it has unpacked. */
const TIDY_UP_MS = 10_000;

class ToolFailure extends Error {
  readonly stderr: string;

  constructor(message: string, stderr: string) {
    super(message);
    this.stderr = stderr;
  }
}

/**
 * @param inherited open files that each program gets as well. A lock among them is held until the
 * program has ended, were we killed meanwhile: nobody may build on what it still writes to.
 */
export function makeRunner(signal: AbortSignal | undefined, inherited: readonly number[] = []): Run {
  return async (command, args) => {
    throwIfAborted(signal);
    const child = spawn(command, args, {
      // Without compiled modules every start of a hub would compile them anew.
      env: { ...pythonChildEnvironment(), PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' },
      stdio: ['ignore', 'pipe', 'pipe', ...inherited],
    });
    const { stdout, stderr } = child;
    const [written, complained] = await Promise.all([
      stdout === null ? '' : text(stdout),
      stderr === null ? '' : text(stderr),
      untilEnded(child, signal),
    ]);
    throwIfAborted(signal);
    if (child.exitCode === 0) return { stdout: written, stderr: complained };
    const how = child.signalCode ?? `exit code ${child.exitCode ?? '?'}`;
    throw new ToolFailure(`${command} ended with ${how}`, complained);
  };
}

/** An interruption is no failure of the program's, and is known by its name. */
function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new DOMException('a program was interrupted', 'AbortError');
}

/** An interruption ends it as Ctrl-C does, and waits for it: then nobody works on what is left. */
async function untilEnded(child: ChildProcess, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  let patience: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    child.kill('SIGINT');
    patience = setTimeout(() => child.kill('SIGKILL'), TIDY_UP_MS);
  };
  child.once('error', reject);
  child.once('close', () => {
    resolve(undefined);
  });
  signal?.addEventListener('abort', interrupt, { once: true });
  await promise.finally(() => {
    clearTimeout(patience);
    signal?.removeEventListener('abort', interrupt);
  });
}

/** The last lines that a failed program wrote. */
export function failureText(error: unknown, lines = 8): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string') {
    return error.stderr.trim().split('\n').slice(-lines).join('\n');
  }
  return messageOf(error);
}
