import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

import { messageOf } from '../faults/caught-error.ts';
import { pythonChildEnvironment } from '../process/child-environment.ts';
import { untilGroupEnded } from '../process/process-group.ts';
import { makeTemporaryFolder } from '../files/temporary-folder.ts';

/** Runs a program to its end; rejects when it fails, with what it wrote. */
export type Run = (
  command: string,
  args: readonly string[],
) => Promise<{ readonly stdout: string; readonly stderr: string }>;

/** What a program is given after an interruption: pip removes what it has begun to install. */
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
    // Each tool gets a folder of its own: pip that is interrupted leaves what it has unpacked.
    const temporary = await makeTemporaryFolder('forkd-spawner-tool-');
    try {
      const child = spawn(command, args, {
        // Without compiled modules every start of a hub would compile them anew.
        env: {
          ...pythonChildEnvironment(),
          ...{ PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', TMPDIR: temporary },
        },
        stdio: ['ignore', 'pipe', 'pipe', ...inherited],
        // A Ctrl-C and a closed terminal reach us, who end it with all that it has started.
        detached: true,
      });
      return await outcomeOf(child, command, signal);
    } finally {
      await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
    }
  };
}

async function outcomeOf(child: ChildProcess, command: string, signal: AbortSignal | undefined): ReturnType<Run> {
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  child.once('exit', () => {
    resolve(undefined);
  });
  await once(child, 'spawn');
  const [stdout, stderr] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    // An interruption ends it as Ctrl-C does, and waits for it: then nobody works on what is left.
    untilGroupEnded({ pid: child.pid ?? 0, ended }, signal, { timeoutMs: TIDY_UP_MS, signal: 'SIGINT' }),
  ]);
  throwIfAborted(signal);
  if (child.exitCode === 0) return { stdout, stderr };
  const how = child.signalCode ?? `exit code ${child.exitCode ?? '?'}`;
  throw new ToolFailure(`${command} ended with ${how}`, stderr);
}

/** An interruption is no failure of the program's, and is known by its name. */
function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new DOMException('a program was interrupted', 'AbortError');
}

/** The last lines that a failed program wrote. */
export function failureText(error: unknown, lines = 8): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string') {
    return error.stderr.trim().split('\n').slice(-lines).join('\n');
  }
  return messageOf(error);
}
