import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { FastifyInstance } from 'fastify';

import { EnvironmentError } from '../faults/errors.ts';
import { type CrashCleanup, startCrashCleanup } from './crash-cleanup.ts';
import { createDataFolder, type DataFolder } from './data-folder.ts';
import { hasCode, messageOf } from '../faults/caught-error.ts';
import { keepLogsIn, keepNoLog } from './kept-logs.ts';
import { createApiServer } from './http/api-server.ts';
import { CGROUP_PREFIX, type MemoryLimits, openMemoryLimits } from './sandboxes/memory-limits.ts';
import { checkNamespaces, type Namespaces, openNamespaces } from './namespaces/open-and-close.ts';
import { sweepProcessesOf } from '../process/process-sweep.ts';
import { daemonRoutes } from './routes/daemon-routes.ts';
import { sandboxRoutes } from './routes/sandbox-routes.ts';
import { snapshotRoutes } from './routes/snapshot-routes.ts';
import { unservedRoutes } from './routes/unserved-routes.ts';
import { NetworkPool } from './sandboxes/network-pool.ts';
import { Places } from './sandboxes/places.ts';
import { SandboxStore } from './sandboxes/store.ts';
import { SnapshotStore } from './snapshots/store.ts';
import { readOrCreateToken } from './token-file.ts';

export interface EmbeddedControllerOptions {
  /** The folder in which the controller makes one of its own; default: the temporary folder. */
  readonly dataDir?: string;
  readonly host?: string;
  /** The port to listen on; 0, the default, means any free one. */
  readonly port?: number;
  /**
   * The file of the token, made readable by its owner only if it isn't there; default: in the data
   * folder.
   */
  readonly tokenFile?: string;
  /**
   * How many network namespaces in forkd's layout it makes, for the sandboxes that ask for one
   * (`per_child_netns`). Needs root. 0, the default: none, and who asks gets a loopback address.
   */
  readonly netns?: number;
  /**
   * Names of variables that users are to have of this process's environment, beside those that
   * JupyterHub's own process spawner keeps.
   */
  readonly envKeep?: readonly string[];
  /** A folder in which the logs of parents and of deleted sandboxes are kept; default: they go with them. */
  readonly logDir?: string | undefined;
  /** Stops the controller when aborted. */
  readonly signal?: AbortSignal;
  readonly log?: (line: string) => void;
}

export interface EmbeddedController {
  readonly url: string;
  readonly tokenFile: string;
  readonly token: string;
  /** The name by which its cgroup is known, and which it gives to whoever asks for its version. */
  readonly instance: string;
  /** The controller's own folder, to which the environment of every process leads that descends from it; gone after `stop`. */
  readonly dataDir: string;
  /** The names of its network namespaces. */
  readonly netns: readonly string[];
  /** Resolves when no sandbox, process, port, folder or namespace of it is left. May be called more than once. */
  stop(): Promise<void>;
}

/** Starts a controller with forkd's REST API in this process. It is not a security boundary. */
export async function startEmbeddedController(
  options: EmbeddedControllerOptions = {},
): Promise<EmbeddedController> {
  options.signal?.throwIfAborted();
  if (wantsNamespaces(options)) await checkNamespaces();
  const instance = randomUUID();
  const data = await createDataFolder(options.dataDir);
  const parts = await assemble(instance, data, options).catch(async (error: unknown) => {
    await data.remove();
    throw error;
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopAll(data, parts, options));
  try {
    const url = await listen(parts.server, options.host ?? '127.0.0.1', options.port ?? 0);
    stopOnAbort(options, stop);
    const { tokenFile, token, namespaces } = parts;
    const netns = namespaces?.pairs.map(({ child }) => child) ?? [];
    return { url, tokenFile, token, instance, dataDir: data.path, netns, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Parts {
  readonly server: FastifyInstance;
  readonly snapshots: SnapshotStore;
  readonly sandboxes: SandboxStore;
  readonly limits: MemoryLimits | undefined;
  readonly namespaces: Namespaces | undefined;
  readonly cleanup: CrashCleanup;
  readonly tokenFile: string;
  readonly token: string;
}

async function assemble(
  instance: string,
  data: DataFolder,
  options: EmbeddedControllerOptions,
): Promise<Parts> {
  const { tokenFile = join(data.path, 'token'), envKeep = [], logDir, log = () => undefined } = options;
  const token = await readOrCreateToken(tokenFile, log);
  const limits = await openMemoryLimits(`${CGROUP_PREFIX}${instance}`);
  const record = join(data.path, 'namespaces');
  const belongings = { dataDir: data.path, cgroup: limits?.path, namespaces: record };
  const cleanup = await startCrashCleanup(belongings, log);
  const namespaces = wantsNamespaces(options)
    ? await openNamespaces(options.netns, record).catch(async (error: unknown) => {
        await limits?.close();
        await cleanup.dismiss();
        throw error;
      })
    : undefined;
  const limitsEnforced = limits !== undefined;
  const snapshots = new SnapshotStore({ root: data.snapshots, envKeep, logDir, log });
  const places = new Places({
    root: data.sandboxes,
    networks: new NetworkPool(namespaces?.pairs),
    limits,
    keepLog: logDir === undefined ? keepNoLog : keepLogsIn(logDir, log),
  });
  const sandboxes = new SandboxStore({ snapshots, places, limitsEnforced, log });
  const routes = {
    ...daemonRoutes({ instance, limitsEnforced, snapshots, sandboxes }),
    ...snapshotRoutes(snapshots),
    ...sandboxRoutes(sandboxes),
    ...unservedRoutes(),
  };
  return {
    server: createApiServer({ routes, token, log }),
    snapshots,
    sandboxes,
    limits,
    namespaces,
    cleanup,
    tokenFile,
    token,
  };
}

function wantsNamespaces(
  options: EmbeddedControllerOptions,
): options is EmbeddedControllerOptions & { readonly netns: number } {
  return options.netns !== undefined && options.netns > 0;
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (cause) {
    if (hasCode(cause, 'EADDRINUSE')) {
      throw new EnvironmentError(`port ${port} on ${host} is in use`, {
        hint: 'Another controller may be running there; choose another port, or 0 for any free one.',
        cause,
      });
    }
    throw new EnvironmentError(`the controller cannot listen on ${host}:${port}: ${messageOf(cause)}`, {
      hint: 'Choose an address of this machine (127.0.0.1) and a port that you may use (above 1023).',
      cause,
    });
  }
}

function stopOnAbort({ signal, log }: EmbeddedControllerOptions, stop: () => Promise<void>): void {
  const onAbort = (): void => {
    stop().catch((error: unknown) => log?.(`error while stopping: ${messageOf(error)}`));
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
}

/**
 * Stops all parts in reverse order of creation; what is left in spite of that is found by its
 * environment.
 */
async function stopAll(
  data: DataFolder,
  { server, sandboxes, snapshots, limits, namespaces, cleanup }: Parts,
  { log }: EmbeddedControllerOptions,
): Promise<void> {
  await server.close();
  const failures = [await outcome(sandboxes.stop()), await outcome(snapshots.stop())];
  const left = await sweepProcessesOf([data.path]);
  if (left.length > 0) log?.(`warning: killed processes that were left: ${left.join(', ')}`);
  failures.push(await outcome(limits?.close()), await outcome(namespaces?.close()));
  failures.push(await outcome(data.remove()));
  await cleanup.dismiss();
  const errors = failures.filter((failure) => failure !== undefined);
  if (errors.length > 0)
    throw new AggregateError(errors, `not everything could be stopped: ${errors.map(messageOf).join('; ')}`);
}

/** Gives a step's failure instead of throwing it, so that the steps after it are tried, too. */
async function outcome(step: Promise<void> | undefined): Promise<unknown> {
  try {
    await step;
    return undefined;
  } catch (error) {
    return error;
  }
}
