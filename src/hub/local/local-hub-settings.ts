import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { PythonEnvironment } from '../../python/python-environment.ts';

/**
 * `forkd`, `simple`, `local`, a class as `package.module:Class`, or `floor`, which does nothing: its
 * servers run already (assets/hub/floor_spawner.py).
 */
export type HubSpawner = string;

export interface LocalHubOptions {
  readonly environment: PythonEnvironment;
  /** Absent for a spawner that needs no controller. */
  readonly controller:
    | {
        readonly url: string;
        readonly tokenFile: string | null;
        readonly snapshotTag: string;
        /** The socket of a forwarder for this hub; null: the spawner's default. */
        readonly forwarderSocket: string | null;
      }
    | undefined;
  readonly spawner: HubSpawner;
  /** A Python file whose lines come last in the hub's configuration. */
  readonly hubConfig?: string | undefined;
  /** The folder of the database, keys, logs and (simple spawner) homes; the caller makes and removes it. */
  readonly workDir: string;
  /** The port of the address that users open; a free one by default. */
  readonly port?: number;
  /** What the hub is to measure inside of itself; nothing by default. */
  readonly measure?: HubMeasurements | undefined;
  /** What the environment of all its processes is to hold besides ours, its users' included. */
  readonly variables?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export interface HubMeasurements {
  /** What its functions take (assets/hub/hub_spans.py). */
  readonly spans: boolean;
  /** How late its event loop is (assets/hub/loop_lag.py). */
  readonly loopLag: boolean;
}

export interface LocalHubPorts {
  readonly public: number;
  readonly hub: number;
  readonly proxyApi: number;
}

/** What `assets/hub/jupyterhub_config.py` reads. */
export interface LocalHubSettings {
  readonly folder: string;
  readonly url: string;
  readonly hubUrl: string;
  readonly proxyApiUrl: string;
  readonly proxyToken: string;
  readonly proxyCommand: readonly string[];
  readonly password: string;
  readonly apiToken: string;
  readonly spawner: HubSpawner;
  readonly hubConfig: string | null;
  readonly controller: LocalHubOptions['controller'] | null;
  readonly singleuserCommand: readonly string[];
  /** Names of what process spawners hand down from the hub's environment. */
  readonly variables: readonly string[];
  /** Where the hub writes down what it measures; null: it doesn't. */
  readonly spansFile: string | null;
  readonly loopLagFile: string | null;
}

const require = createRequire(import.meta.url);

export function makeLocalHubSettings(options: LocalHubOptions, ports: LocalHubPorts): LocalHubSettings {
  const { environment, controller, spawner, workDir, measure } = options;
  const address = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    folder: workDir,
    url: address(ports.public),
    hubUrl: address(ports.hub),
    proxyApiUrl: address(ports.proxyApi),
    proxyToken: secret(),
    // The proxy of our own lock file, run by the Node.js that runs us.
    proxyCommand: [process.execPath, require.resolve('configurable-http-proxy/bin/configurable-http-proxy')],
    password: secret(),
    apiToken: secret(),
    spawner,
    hubConfig: options.hubConfig ?? null,
    controller: controller ?? null,
    singleuserCommand: [join(environment.binDir, 'jupyterhub-singleuser')],
    variables: Object.keys(options.variables ?? {}),
    spansFile: measure?.spans === true ? join(workDir, 'spans.jsonl') : null,
    loopLagFile: measure?.loopLag === true ? join(workDir, 'loop-lag.jsonl') : null,
  };
}

/** The file holds secrets: nobody else may read it. */
export async function writeLocalHubSettings(settings: LocalHubSettings): Promise<string> {
  const path = join(settings.folder, 'settings.json');
  await writeFile(path, JSON.stringify(settings, null, 2), { mode: 0o600 });
  return path;
}

function secret(): string {
  return randomBytes(24).toString('hex');
}
