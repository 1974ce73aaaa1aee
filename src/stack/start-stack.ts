import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { HubMeasurements } from '../hub/local-hub-settings.ts';
import { type LocalHub, startLocalHub } from '../hub/local-hub.ts';
import { requireFreePort } from '../process/free-ports.ts';
import { type PythonEnvironment, ensurePythonEnvironment } from '../python/python-environment.ts';
import { Cleanup } from './cleanup.ts';
import { type StackController, startStackController } from './stack-controller.ts';

export interface StackOptions {
  /** `embedded`, or the URL of a forkd controller. */
  readonly controller: string;
  /** Of the controller at that URL. */
  readonly tokenFile?: string | undefined;
  readonly snapshotTag: string;
  readonly spawner: 'forkd' | 'simple';
  /** Of the hub's public address; a free one by default. */
  readonly port?: number | undefined;
  /** Leave hub and sandbox logs where they are; their folder is `workDir`. */
  readonly keepLogs?: boolean | undefined;
  /** What the hub is to measure inside of itself; nothing by default. */
  readonly measure?: HubMeasurements | undefined;
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal;
}

/** A JupyterHub with what its spawner needs, ready to be used. */
export interface Stack {
  readonly hub: LocalHub;
  /** Absent where the spawner needs no controller. */
  readonly controller: StackController | undefined;
  readonly environment: PythonEnvironment;
  readonly workDir: string;
  /** Stops everything in reverse order; leaves no process, port or folder. */
  stop(): Promise<void>;
}

/** Starts Python environment, controller, snapshot and hub; what was started is stopped if one fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { spawner, signal, onProgress, port } = options;
  if (port !== undefined) await requireFreePort(port);
  const cleanup = new Cleanup();
  try {
    const environment = await ensurePythonEnvironment({ signal, onProgress });
    signal.throwIfAborted();
    const workDir = await makeWorkDir(options, cleanup);
    const controller =
      spawner === 'forkd'
        ? await startStackController({ ...options, python: environment.python, workDir }, cleanup)
        : undefined;
    signal.throwIfAborted();
    onProgress('starting JupyterHub');
    const hubDir = join(workDir, 'hub');
    await mkdir(hubDir);
    const hub = await startLocalHub({
      environment,
      controller: controller && {
        url: controller.url,
        tokenFile: controller.tokenFile ?? null,
        snapshotTag: options.snapshotTag,
      },
      spawner,
      workDir: hubDir,
      measure: options.measure,
      signal,
      ...(port === undefined ? {} : { port }),
    });
    cleanup.add(async () => hub.stop());
    return { hub, controller, environment, workDir, stop: async () => cleanup.run() };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function makeWorkDir({ keepLogs }: StackOptions, cleanup: Cleanup): Promise<string> {
  const workDir = await mkdtemp(join(tmpdir(), 'forkd-spawner-'));
  if (keepLogs !== true) {
    cleanup.add(async () => rm(workDir, { recursive: true, force: true, maxRetries: 5 }));
  }
  return workDir;
}
