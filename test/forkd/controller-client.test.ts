import { once } from 'node:events';
import { type RequestListener, createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { ControllerClient } from '../../src/forkd/controller-client.ts';
import { startEmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { pourInto } from '../helpers/pour-into.ts';
import { testPython } from '../helpers/python-environment.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function clientOf(url: string, token = 'any', limitMs = 5000): ControllerClient {
  const client = new ControllerClient({ url, token, limitMs });
  cleanups.push(async () => client.close());
  return client;
}

/** Something that listens where a controller is expected. */
async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port');
  return `http://127.0.0.1:${address.port}`;
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'succeeded',
    (error: unknown) => error,
  );
}

/** Typed, unlike vitest's own. */
function containing(text: string): unknown {
  return expect.stringContaining(text);
}

describe('the client of a controller', () => {
  it('makes, lists, pings and deletes what the embedded controller has', async () => {
    const controller = await startEmbeddedController();
    cleanups.push(() => controller.stop());
    const client = clientOf(controller.url, controller.token);

    expect(await client.version()).toMatchObject({
      api: 'v1',
      backend: 'embedded',
      instance: controller.instance,
    });
    const snapshot = await client.createSnapshot({ tag: 'jupyter', python: await testPython() });
    expect(await client.listSnapshots()).toEqual([snapshot]);
    const response = await fetch(`${controller.url}/v1/sandboxes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${controller.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ snapshot_tag: 'jupyter' }),
    });
    expect(response.status).toBe(201);
    const [sandbox] = await client.listSandboxes();
    const id = sandbox?.id ?? '';
    await client.ping(id);
    await client.deleteSandbox(id);
    await client.deleteSandbox(id);
    expect(await client.listSandboxes()).toEqual([]);
    expect(await failure(client.ping(id))).toMatchObject({
      name: 'EnvironmentError',
      message: containing(
        `answered 404 to POST ${controller.url}/v1/sandboxes/${id}/ping: sandbox ${id} not found`,
      ),
    });
  });

  it('names a wrong token and what to do', async () => {
    const controller = await startEmbeddedController();
    cleanups.push(() => controller.stop());

    expect(await failure(clientOf(controller.url, 'wrong').listSandboxes())).toMatchObject({
      name: 'EnvironmentError',
      message: `the controller refused the token (401) for GET ${controller.url}/v1/sandboxes: invalid bearer token`,
      hint: containing('--token-file'),
    });
  });

  it('names a controller that refuses connections', async () => {
    const url = await listen(() => undefined);
    await cleanups.pop()?.();

    expect(await failure(clientOf(url).version())).toMatchObject({
      name: 'EnvironmentError',
      message: containing(`did not answer GET ${url}/version: connect ECONNREFUSED`),
      hint: containing('Nothing listens there'),
    });
  });

  it('gives up on a controller that hangs', async () => {
    const url = await listen(() => undefined);

    expect(await failure(clientOf(url, 'any', 100).version())).toMatchObject({
      name: 'EnvironmentError',
      message: `the controller did not answer GET ${url}/version within 0.1 s`,
      hint: containing('hangs'),
    });
  });

  it('gives up on an answer that never ends', async () => {
    const url = await listen((_request, response) => response.writeHead(200).write('{'));

    expect(await failure(clientOf(url, 'any', 100).version())).toMatchObject({
      message: containing('within 0.1 s'),
    });
  });

  it.each([200, 404, 500])('says that a web page (%i) is no controller', async (status) => {
    const url = await listen((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html>\n<title>Hi</title>');
    });

    expect(await failure(clientOf(url).version())).toMatchObject({
      name: 'EnvironmentError',
      message: containing("was not answered as a forkd controller does: text/html, '<!doctype html>'"),
    });
  });

  it('cuts an answer off that is too long', async () => {
    let isHungUp = false;
    const url = await listen((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.once('close', () => {
        isHungUp = true;
      });
      pourInto(response);
    });

    expect(await failure(clientOf(url, 'any', 60_000).evaluate('sb-1', 'x'))).toMatchObject({
      exitReason: 'environment',
      message: `the controller's answer to POST ${url}/v1/sandboxes/sb-1/eval is too long and was cut off`,
    });
    await expect.poll(() => isHungUp, { timeout: 20_000 }).toBe(true);
  });

  it('says that JSON of another service is no controller', async () => {
    const url = await listen((_request, response) => response.end('{"hello":"world"}'));

    expect(await failure(clientOf(url).version())).toMatchObject({
      message: containing('was not answered as a forkd controller does'),
    });
  });

  it('refuses what is no URL, and a token file that is missing', async () => {
    expect(() => new ControllerClient({ url: 'localhost:8889', token: 't' })).toThrow(
      /is no URL of a controller/,
    );
    await expect(ControllerClient.fromTokenFile('http://127.0.0.1:1', '/nope/token')).rejects.toThrow(
      /the token file \/nope\/token cannot be read: ENOENT/,
    );
  });

  it('reads the token from its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'client-test-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'token'), 'secret\n');
    const url = await listen((request, response) => {
      response.end(JSON.stringify({ version: request.headers.authorization, api: 'v1' }));
    });

    const client = await ControllerClient.fromTokenFile(`${url}/`, join(folder, 'token'));
    cleanups.push(async () => client.close());

    expect(await client.version()).toEqual({ version: 'Bearer secret', api: 'v1' });
  });
});
