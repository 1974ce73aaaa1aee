import type { Duplex } from 'node:stream';

import { type SupervisedProcess, startProcess } from '../../process/supervised-process.ts';

// Kernel specs start ipykernel with these options: a debugger misses breakpoints in frozen modules.
const PYTHON_OPTIONS = ['-X', 'frozen_modules=off'];

const GRACE_MS = 3000;

export interface ParentProcess {
  readonly pid: number;
  readonly control: Duplex;
  /** Resolves with how it ended, e.g. `ended with exit code 1`. */
  readonly ended: Promise<string>;
  /** Stops it: SIGTERM, a bounded wait, SIGKILL for its group. Resolves when it has ended. */
  stop(): Promise<void>;
}

export interface ParentCommand {
  readonly python: string;
  readonly cwd: string;
  readonly logFile: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Starts the Python process that will be forked. */
export async function spawnParent(command: ParentCommand): Promise<ParentProcess> {
  const { python, cwd, logFile, environment: env } = command;
  const args = [...PYTHON_OPTIONS, '-m', 'forkd_jupyter_guest', 'parent'];
  const child = await startProcess({
    ...{ name: 'the parent process', command: python, args, cwd, env, logFile },
    channel: true,
  });
  const { pid, channel, ended } = child;
  if (channel === undefined) throw new Error('the parent has no control channel');
  return {
    ...{ pid, control: channel },
    ended: ended.then(() => describeEnd(child)),
    stop: () => child.stop({ timeoutMs: GRACE_MS }),
  };
}

function describeEnd({ end }: SupervisedProcess): string {
  if (typeof end?.signal === 'string') return `was ended by ${end.signal}`;
  return `ended with ${end?.description ?? 'no exit code'}`;
}
