import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { request } from 'undici';

import { EnvironmentError } from '../../faults/errors.ts';
import { pythonChildEnvironment } from '../../process/child-environment.ts';
import { freePorts, requireFreePort } from '../../process/free-ports.ts';
import { type SupervisedProcess, startProcess } from '../../process/supervised-process.ts';
import { untilUp } from '../../process/until-up.ts';
import { HubTimes } from './hub-times.ts';
import {
  type LocalHubOptions,
  type LocalHubPorts,
  type LocalHubSettings,
  makeLocalHubSettings,
  writeLocalHubSettings,
} from './local-hub-settings.ts';

const CONFIG_FILE = fileURLToPath(new URL('../../../assets/hub/jupyterhub_config.py', import.meta.url));
const START_TIMEOUT_MS = 60_000;
/** How long a restarted hub may take: it looks for each of its users' servers first. */
const RESTART_TIMEOUT_MS = 180_000;
const START_CHECK_MS = 25;
/** The hub stops its users' servers first. */
const STOP_TIMEOUT_MS = 20_000;
const LOG_LINES = 15;

/** A JupyterHub with its proxy on loopback, for the length of a run. */
export interface LocalHub {
  readonly url: string;
  /** The token of a service that may do what a bench needs. */
  readonly apiToken: string;
  /** The id of the hub's process, which is another one after a crash. */
  readonly pid: number;
  /** Lets any user name in. */
  readonly password: string;
  /** What it measures inside of itself, where it was asked to. */
  readonly times: HubTimes;
  lastLogLines(count: number): Promise<readonly string[]>;
  /** Kills the hub (not its proxy, not its users' servers) and starts it again on the same database. */
  crashAndRestart(): Promise<void>;
  /** Stops users' servers, hub and proxy; nothing of them is left. */
  stop(): Promise<void>;
}

export async function startLocalHub(options: LocalHubOptions): Promise<LocalHub> {
  const settings = makeLocalHubSettings(options, await choosePorts(options.port));
  const settingsFile = await writeLocalHubSettings(settings);
  const launch = async (timeoutMs: number): Promise<SupervisedProcess> =>
    launchHub(options, settings, settingsFile, timeoutMs);
  let process = await launch(START_TIMEOUT_MS);
  return {
    url: settings.url,
    get pid() {
      return process.pid;
    },
    apiToken: settings.apiToken,
    password: settings.password,
    times: new HubTimes(settings),
    lastLogLines: async (count) => process.lastLogLines(count),
    crashAndRestart: async () => {
      await process.kill();
      process = await launch(RESTART_TIMEOUT_MS);
    },
    stop: async () => {
      await process.stop({ timeoutMs: STOP_TIMEOUT_MS });
      await endProxy(settings.folder);
    },
  };
}

async function choosePorts(wanted: number | undefined): Promise<LocalHubPorts> {
  if (wanted !== undefined) {
    await requireFreePort(wanted);
  }
  const [publicPort = 0, hub = 0, proxyApi = 0] = await freePorts(3);
  return { public: wanted ?? publicPort, hub, proxyApi };
}

async function launchHub(
  { environment, variables, workDir, signal }: LocalHubOptions,
  settings: LocalHubSettings,
  settingsFile: string,
  timeoutMs: number,
): Promise<SupervisedProcess> {
  const hub = await startProcess({
    name: 'JupyterHub',
    command: environment.python,
    args: ['-m', 'jupyterhub', '--config', CONFIG_FILE],
    cwd: workDir,
    env: { ...hubEnvironment(settingsFile, environment.binDir), ...variables },
    logFile: join(workDir, 'hub.log'),
  });
  try {
    await untilServing(hub, settings, { timeoutMs, signal });
    return hub;
  } catch (error) {
    await hub.stop({ timeoutMs: STOP_TIMEOUT_MS });
    await endProxy(workDir);
    throw error;
  }
}

function hubEnvironment(settingsFile: string, binDir: string): NodeJS.ProcessEnv {
  const inherited = pythonChildEnvironment();
  return {
    ...inherited,
    PATH: `${binDir}:${inherited['PATH'] ?? ''}`,
    FORKD_LOCAL_HUB_SETTINGS: settingsFile,
  };
}

async function untilServing(
  hub: SupervisedProcess,
  { url, apiToken }: LocalHubSettings,
  patience: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const isUp = async (): Promise<boolean> => answers(url, apiToken);
  const state = await untilUp(hub, isUp, { ...patience, checkMs: START_CHECK_MS });
  if (state === 'up') return;
  const sentence =
    state === 'late'
      ? `did not answer within ${patience.timeoutMs / 1000} s`
      : `ended with ${hub.end?.description ?? 'no exit code'} while starting`;
  throw await startFailure(hub, `JupyterHub ${sentence}`);
}

/** Whether hub and proxy are up: the hub is asked through the proxy. */
async function answers(url: string, apiToken: string): Promise<boolean> {
  try {
    const headers = { authorization: `token ${apiToken}` };
    const { statusCode, body } = await request(`${url}/hub/api/info`, { headers });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

async function startFailure(hub: SupervisedProcess, sentence: string): Promise<EnvironmentError> {
  const lines = await hub.lastLogLines(LOG_LINES);
  return new EnvironmentError(`${sentence}; its last lines:\n${lines.join('\n')}`);
}

/** The proxy is the hub's child in a session of its own: one that was left behind is ended here. */
async function endProxy(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'proxy.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (Number.isNaN(pid)) {
    return;
  }
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with its hub.
  }
}
