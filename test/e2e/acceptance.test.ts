import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ControllerClient } from '../../src/forkd/controller-client.ts';
import { type EmbeddedController, startEmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { HubClient } from '../../src/hub/client/hub-client.ts';
import { type LocalHub, startLocalHub } from '../../src/hub/local/local-hub.ts';
import { defaultServer } from '../../src/hub/client/server-name.ts';
import type { CellOutput } from '../../src/kernel/cell-output.ts';
import {
  connectKernelSession,
  type KernelSession,
  startKernelSession,
} from '../../src/kernel/kernel-session.ts';
import { quietLibraryConsole } from '../../src/kernel/quiet-console.ts';
import { pythonFile } from '../../src/python/python-files.ts';
import { makeRunner } from '../../src/python/run-tool.ts';

/*
 * The acceptance test of the original request: pip-install into a clean environment, name the spawner
 * in the hub's configuration, five kernels in parallel. And, on the same hub, that a crash of the hub
 * in between costs nobody anything. Installation and hub are shared; each case has users of its own.
 */

const USERS = ['ada', 'bo', 'cy', 'di', 'ed@example.org'];
const INSTALL_TIMEOUT_MS = 300_000;
const PATIENCE_MS = 60_000;

let folder: string;
let controller: EmbeddedController;
let hub: LocalHub;
let client: HubClient;

async function installFromSources(): Promise<string> {
  const run = makeRunner(undefined);
  await run('python3', ['-m', 'venv', join(folder, 'venv')]);
  const python = join(folder, 'venv', 'bin', 'python');
  const constraint = ['--constraint', pythonFile('requirements.lock')];
  // A wheel first, as a user of the package index gets it.
  const wheels = ['--no-deps', '--wheel-dir', join(folder, 'wheel')];
  await run(python, ['-m', 'pip', 'wheel', '--quiet', ...wheels, pythonFile()]);
  const source = `forkd-jupyter-spawner[guest]`;
  const links = ['--find-links', join(folder, 'wheel')];
  await run(python, ['-m', 'pip', 'install', '--quiet', ...constraint, ...links, source]);
  return python;
}

async function target(user: string): Promise<{ serverUrl: string; token: string }> {
  const token = await client.createUserToken(user, { note: 'test', expiresInS: 600 });
  return { serverUrl: `${hub.url}/user/${user}/`, token };
}

async function startServer(user: string): Promise<void> {
  await client.requestServer(defaultServer(user));
  const events = await Array.fromAsync(client.serverProgress(defaultServer(user)));
  expect(events.at(-1)).toMatchObject({ ready: true });
}

async function execute(kernel: KernelSession, code: string): Promise<CellOutput> {
  try {
    await kernel.connected();
    await kernel.ready();
    return await kernel.execute(code);
  } finally {
    kernel.dispose();
  }
}

const patience = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);

beforeAll(async () => {
  quietLibraryConsole();
  folder = await mkdtemp(join(tmpdir(), 'forkd-acceptance-'));
  const python = await installFromSources();
  controller = await startEmbeddedController({ dataDir: folder });
  const api = new ControllerClient(controller);
  await api.createSnapshot({ tag: 'jupyter', python });
  await api.close();
  const workDir = join(folder, 'hub');
  await mkdir(workDir);
  hub = await startLocalHub({
    environment: { python, binDir: join(folder, 'venv', 'bin'), directory: folder, versions: {} },
    controller: {
      url: controller.url,
      tokenFile: controller.tokenFile,
      snapshotTag: 'jupyter',
      forwarderSocket: null,
    },
    spawner: 'forkd',
    workDir,
    signal: patience(),
  });
  client = new HubClient({ url: hub.url, token: hub.apiToken });
}, INSTALL_TIMEOUT_MS);

afterAll(async () => {
  await client.close();
  await hub.stop();
  await controller.stop();
  await rm(folder, { recursive: true, force: true });
}, PATIENCE_MS);

describe('the spawner, installed with pip', { timeout: 120_000 }, () => {
  it('gives five users at once a kernel each, and every numpy expression is right', async () => {
    await client.createUsers(USERS);
    await Promise.all(USERS.map(startServer));

    const outputs = await Promise.all(
      USERS.map(async (user, index) => {
        const kernel = await startKernelSession(await target(user), patience());
        return execute(kernel, `import numpy; int(numpy.arange(${10 + index}).sum())`);
      }),
    );

    expect(outputs).toEqual(['45', '55', '66', '78', '91'].map((text) => ({ kind: 'shown', text })));
  });

  it('keeps servers and the variables of their kernels over a crash and restart of the hub', async () => {
    await client.createUsers(['fay']);
    await startServer('fay');
    const before = await startKernelSession(await target('fay'), patience());
    await execute(before, 'kept = 41');

    await hub.crashAndRestart();

    expect((await client.getUser('fay')).servers?.['']).toMatchObject({ ready: true });
    const after = await connectKernelSession(await target('fay'), before.kernelId, patience());
    expect(await execute(after, 'kept + 1')).toEqual({ kind: 'shown', text: '42' });
  });

  it('deletes the sandbox when the user stops the server', async ({ onTestFinished }) => {
    const api = new ControllerClient(controller);
    onTestFinished(() => api.close());
    const ids = async (): Promise<readonly string[]> => (await api.listSandboxes()).map(({ id }) => id);
    const others = await ids();
    await client.createUsers(['gus']);
    await startServer('gus');
    expect(await ids()).toHaveLength(others.length + 1);

    await client.stopServer(defaultServer('gus'));

    expect(await ids()).toEqual(others);
  });
});
