import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { Duplex } from 'node:stream';

import { messageOf } from '../faults/caught-error.ts';
import { EnvironmentError } from '../faults/errors.ts';
import { lastLines } from './last-lines.ts';
import { endGroup } from './process-group.ts';

export interface ProcessOptions {
  /** The name that messages call it by. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The file to which stdout and stderr are appended. */
  readonly logFile: string;
  /** Gives it a socket to talk with us, at its descriptor 3. */
  readonly channel?: boolean;
}

interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** How it ended, as part of a sentence: 'ended with …'. */
  readonly description: string;
}

/** A child process in a session of its own, so that a Ctrl-C reaches us first. */
export interface SupervisedProcess {
  readonly pid: number;
  /** Our end of the socket, if it has been given one. */
  readonly channel: Duplex | undefined;
  /** How it ended; undefined while it runs. */
  readonly end: ProcessEnd | undefined;
  /** Resolves when it has ended, whoever ended it. */
  readonly ended: Promise<void>;
  lastLogLines(count: number): Promise<readonly string[]>;
  /** Kills the process alone (SIGKILL), as a crash would. */
  kill(): Promise<void>;
  /** Stops it: SIGTERM, a bounded wait, SIGKILL for its whole group. Returns when the group is gone. */
  stop(options: { readonly timeoutMs: number }): Promise<void>;
}

export async function startProcess(options: ProcessOptions): Promise<SupervisedProcess> {
  let end: ProcessEnd | undefined;
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  const child = await spawnDetached(options, (process) => {
    end = describeEnd(process);
    resolve(undefined);
  });
  const pid = child.pid ?? 0;
  const channel = child.stdio[3];
  return {
    pid,
    channel: channel instanceof Duplex ? channel : undefined,
    get end() {
      return end;
    },
    ended,
    lastLogLines: async (count) => lastLines(options.logFile, count),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async ({ timeoutMs }) => endGroup(pid, ended, timeoutMs),
  };
}

/** `onExit` is told also of a process that ends before this returns. */
async function spawnDetached(
  options: ProcessOptions,
  onExit: (child: ChildProcess) => void,
): Promise<ChildProcess> {
  const { name, command, args, cwd, env, logFile, channel = false } = options;
  const log = await open(logFile, 'a', 0o600);
  try {
    // Node's pipes to children are Unix sockets: they lead both ways.
    const stdio: StdioOptions = ['ignore', log.fd, log.fd, ...(channel ? (['pipe'] as const) : [])];
    const child = spawn(command, args, { cwd, env, stdio, detached: true });
    child.once('exit', () => {
      onExit(child);
    });
    await once(child, 'spawn');
    return child;
  } catch (cause) {
    const reason = messageOf(cause);
    throw new EnvironmentError(`${name} could not be started: ${reason}`, { cause });
  } finally {
    await log.close();
  }
}

function describeEnd({ exitCode, signalCode }: ChildProcess): ProcessEnd {
  const description = signalCode === null ? `exit code ${exitCode ?? '?'}` : `signal ${signalCode}`;
  return { exitCode, signal: signalCode, description };
}
