import { join } from 'node:path';

import { EnvironmentError } from '../../faults/errors.ts';
import { pythonChildEnvironment } from '../../process/child-environment.ts';
import { isRoot } from '../../process/is-root.ts';
import { startProcess } from '../../process/supervised-process.ts';
import { isListening, untilUp } from '../../process/until-up.ts';
import type { Cleanup } from '../../process/cleanup.ts';
import { runMark } from '../../files/run-folder.ts';

const START_TIMEOUT_MS = 10_000;
const START_CHECK_MS = 10;
const STOP_TIMEOUT_MS = 5000;
const LOG_LINES = 5;

interface Options {
  /** The interpreter of an environment that has the package. */
  readonly python: string;
  readonly workDir: string;
  readonly signal: AbortSignal;
}

/**
 * The way into network namespaces, for the length of a run. Only root may enter them: whoever isn't
 * has none of their own, and uses that of the system, if it has one.
 *
 * @returns the path of its socket
 */
export async function startForwarder(
  { python, workDir, signal }: Options,
  cleanup: Cleanup,
): Promise<string | undefined> {
  if (!isRoot()) return undefined;
  const socket = join(workDir, 'forwarder.sock');
  const forwarder = await startProcess({
    name: 'the forwarder',
    command: python,
    args: ['-m', 'forkd_jupyter_forwarder', '--socket', socket],
    cwd: workDir,
    env: { ...pythonChildEnvironment(), ...runMark(workDir) },
    logFile: join(workDir, 'forwarder.log'),
  });
  cleanup.add(async () => forwarder.stop({ timeoutMs: STOP_TIMEOUT_MS }));
  const patience = { timeoutMs: START_TIMEOUT_MS, checkMs: START_CHECK_MS, signal };
  if ((await untilUp(forwarder, async () => isListening(socket), patience)) === 'up') return socket;
  const lines = await forwarder.lastLogLines(LOG_LINES);
  throw new EnvironmentError(`the forwarder did not start; its last lines:\n${lines.join('\n')}`);
}
