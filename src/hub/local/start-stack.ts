import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { HubSpawner, LocalHubOptions } from './local-hub-settings.ts';
import { type LocalHub, startLocalHub } from './local-hub.ts';
import { requireFreePort } from '../../process/free-ports.ts';
import { type PythonEnvironment, ensurePythonEnvironment } from '../../python/python-environment.ts';
import { Cleanup } from '../../process/cleanup.ts';
import { makeRunFolder, runMark } from '../../files/run-folder.ts';
import type { StackOptions } from './stack-options.ts';
import { startForwarder } from './start-forwarder.ts';
import { type StackController, startStackController } from './stack-controller.ts';

/** A JupyterHub with what its spawner needs, ready to be used. */
export interface Stack {
  readonly hub: LocalHub;
  /** Absent where the spawner needs no controller. */
  readonly controller: StackController | undefined;
  readonly environment: PythonEnvironment;
  readonly workDir: string;
  /** Another hub beside it, on the same controller. */
  startHub(spawner: HubSpawner): Promise<LocalHub>;
  /** Stops everything in reverse order; leaves no process, port or folder. */
  stop(): Promise<void>;
}

/** Starts Python environment, controller, snapshot and hub; what was started is stopped if one fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { spawner, hubConfig, signal, onProgress, port } = options;
  if (port !== undefined) await requireFreePort(port);
  const cleanup = new Cleanup();
  try {
    const environment = await ensurePythonEnvironment({ signal, onProgress });
    signal.throwIfAborted();
    const workDir = await makeRunFolder(cleanup, options);
    const controller =
      spawner === 'forkd'
        ? await startStackController({ ...options, python: environment.python, workDir }, cleanup)
        : undefined;
    signal.throwIfAborted();
    // A controller of our own has its sandboxes on loopback.
    const forwarderSocket =
      controller !== undefined && options.controller !== 'embedded'
        ? await startForwarder({ python: environment.python, workDir, signal }, cleanup)
        : undefined;
    onProgress('starting JupyterHub');
    const base = { options, environment, controller, forwarderSocket, workDir, cleanup };
    const hub = await startHub(base, 'hub', { spawner, hubConfig, ...(port === undefined ? {} : { port }) });
    return {
      ...{ hub, controller, environment, workDir },
      startHub: async (other) => startHub(base, `hub-${other}`, { spawner: other }),
      stop: async () => cleanup.run(),
    };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

interface StackBase {
  readonly options: StackOptions;
  readonly environment: PythonEnvironment;
  readonly controller: StackController | undefined;
  readonly forwarderSocket: string | undefined;
  readonly workDir: string;
  readonly cleanup: Cleanup;
}

async function startHub(
  { options, environment, controller, forwarderSocket, workDir, cleanup }: StackBase,
  name: string,
  particulars: Pick<LocalHubOptions, 'spawner' | 'hubConfig' | 'port'>,
): Promise<LocalHub> {
  const { signal, measure, snapshotTag } = options;
  const hubDir = join(workDir, name);
  await mkdir(hubDir);
  const hub = await startLocalHub({
    ...particulars,
    ...{ environment, measure, signal, workDir: hubDir, variables: runMark(workDir) },
    controller: controller && {
      url: controller.url,
      tokenFile: controller.tokenFile ?? null,
      forwarderSocket: forwarderSocket ?? null,
      snapshotTag,
    },
  });
  cleanup.add(async () => hub.stop());
  return hub;
}
