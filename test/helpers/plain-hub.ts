import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { HubClient } from '../../src/hub/client/hub-client.ts';
import { pythonChildEnvironment } from '../../src/process/child-environment.ts';
import { freePorts } from '../../src/process/free-ports.ts';
import { startProcess } from '../../src/process/supervised-process.ts';
import { untilUp } from '../../src/process/until-up.ts';

const PROXY = createRequire(import.meta.url).resolve('configurable-http-proxy/bin/configurable-http-proxy');
const TOKEN = 'a-token-of-the-tests';

export interface PlainHub {
  /** On loopback, with its base URL. */
  readonly url: string;
  readonly port: number;
  readonly tokenFile: string;
  readonly stop: () => Promise<void>;
}

/** A JupyterHub as somebody else deploys it, with JupyterHub's own process spawner. */
export async function startPlainHub(
  python: string,
  folder: string,
  configure: (port: number) => readonly string[],
  baseUrl = '',
): Promise<PlainHub> {
  const [port = 0, hubPort = 0, proxyPort = 0] = await freePorts(3);
  const url = `http://127.0.0.1:${port}${baseUrl}`;
  const own = [
    `c.JupyterHub.bind_url = '${url}/'`,
    `c.JupyterHub.hub_bind_url = 'http://127.0.0.1:${hubPort}'`,
    `c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:${proxyPort}'`,
    `c.ConfigurableHTTPProxy.command = ${JSON.stringify([process.execPath, PROXY])}`,
    "c.JupyterHub.authenticator_class = 'dummy'",
    'c.Authenticator.allow_all = True',
    "c.JupyterHub.spawner_class = 'simple'",
    "c.Spawner.args = ['--allow-root']",
    // On a busy machine.
    'c.Spawner.http_timeout = c.Spawner.start_timeout = 120',
    `c.JupyterHub.services = [{'name': 'tests', 'api_token': '${TOKEN}'}]`,
    "c.JupyterHub.load_roles = [{'name': 'tests', 'services': ['tests'],",
    "    'scopes': ['admin:users', 'admin:servers', 'access:servers', 'read:hub']}]",
  ];
  const config = join(folder, 'jupyterhub_config.py');
  await writeFile(config, [...own, ...configure(port), ''].join('\n'));
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, TOKEN, { mode: 0o600 });
  const environment = pythonChildEnvironment();
  const hub = await startProcess({
    name: 'JupyterHub',
    command: python,
    args: ['-m', 'jupyterhub', '--config', config],
    cwd: folder,
    env: { ...environment, PATH: `${dirname(python)}:${environment['PATH'] ?? ''}` },
    logFile: join(folder, 'hub.log'),
  });
  const stop = (): Promise<void> => hub.stop({ timeoutMs: 30_000 });
  const client = new HubClient({ url, token: TOKEN });
  const isUp = (): Promise<boolean> =>
    client.info().then(
      () => true,
      () => false,
    );
  const patience = { timeoutMs: 90_000, checkMs: 100, signal: new AbortController().signal };
  const state = await untilUp(hub, isUp, patience).finally(() => client.close());
  if (state === 'up') return { url, port, tokenFile, stop };
  await stop();
  throw new Error(`JupyterHub is not up (${state}):\n${(await hub.lastLogLines(20)).join('\n')}`);
}
