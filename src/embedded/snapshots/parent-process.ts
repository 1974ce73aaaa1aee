import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { hasCode } from '../../faults/caught-error.ts';

// As kernel specs start ipykernel: with frozen modules a debugger misses breakpoints.
const PYTHON_OPTIONS = ['-X', 'frozen_modules=off'];

const GRACE_MS = 3000;

export interface ParentProcess {
  readonly pid: number;
  readonly control: Duplex;
  /** Resolves with how it ended, e.g. `ended with exit code 1`. */
  readonly ended: Promise<string>;
  /** SIGTERM, a bounded wait, SIGKILL for its group; resolves when it has ended. */
  stop(): Promise<void>;
}

export interface ParentCommand {
  readonly python: string;
  readonly cwd: string;
  readonly logFile: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Starts the Python process that will be forked, in a session of its own. */
export async function spawnParent(command: ParentCommand): Promise<ParentProcess> {
  const logFile = await open(command.logFile, 'a', 0o600);
  try {
    const child = spawn(command.python, [...PYTHON_OPTIONS, '-m', 'forkd_jupyter_guest', 'parent'], {
      cwd: command.cwd,
      env: command.environment,
      detached: true,
      // Descriptor 3 is the control channel: a Unix socket, as all of Node's pipes to children are.
      stdio: ['ignore', logFile.fd, logFile.fd, 'pipe'],
    });
    const ended = once(child, 'exit').then(([code, signal]) => describeEnd(code, signal));
    await once(child, 'spawn');
    return wrap(child.pid, child.stdio[3], ended);
  } finally {
    await logFile.close();
  }
}

function wrap(pid: number | undefined, control: unknown, ended: Promise<string>): ParentProcess {
  if (pid === undefined || !(control instanceof Duplex)) throw new Error('the parent has no control channel');
  return { pid, control, ended, stop: () => stopGroup(pid, ended) };
}

async function stopGroup(pid: number, ended: Promise<string>): Promise<void> {
  const grace = new AbortController();
  signalGroup(pid, 'SIGTERM');
  const expired = delay(GRACE_MS, 'expired', { signal: grace.signal }).catch(() => 'ended');
  const outcome = await Promise.race([ended, expired]);
  grace.abort();
  if (outcome === 'expired') signalGroup(pid, 'SIGKILL');
  await ended;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function describeEnd(code: unknown, signal: unknown): string {
  return typeof signal === 'string' ? `was ended by ${signal}` : `ended with exit code ${String(code)}`;
}
