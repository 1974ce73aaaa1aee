import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  type EmbeddedController,
  type EmbeddedControllerOptions,
  startEmbeddedController,
} from '../../src/embedded/embedded-controller.ts';
import { call, rawCall } from './controller-under-test.ts';
import { isListening } from './host.ts';

let folder: string;
const running: EmbeddedController[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'controller-test-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((controller) => controller.stop()));
  await rm(folder, { recursive: true });
});

async function start(options: EmbeddedControllerOptions = {}): Promise<EmbeddedController> {
  const controller = await startEmbeddedController({ dataDir: folder, ...options });
  running.push(controller);
  return controller;
}

/** Typed, unlike vitest's own. */
function containing(text: string): unknown {
  return expect.stringContaining(text);
}

describe('the token file', () => {
  it('is made, readable by its owner only, and kept for the next start', async () => {
    const tokenFile = join(folder, 'token');
    const first = await start({ tokenFile });
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect((await readFile(tokenFile, 'utf8')).trim()).toBe(first.token);
    expect(first.token).toMatch(/^[\da-f]{64}$/);
    await first.stop();

    expect((await start({ tokenFile })).token).toBe(first.token);
  });

  it('of others is warned about', async () => {
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'secret\n');
    await chmod(tokenFile, 0o644);
    const lines: string[] = [];

    await start({ tokenFile, log: (line) => lines.push(line) });

    expect(lines).toEqual([expect.stringMatching(/warning: the token file .* can be read by others/)]);
  });

  it('that is empty or in no folder is refused by name, and leaves nothing', async () => {
    await writeFile(join(folder, 'empty'), ' \n');

    await expect(start({ tokenFile: join(folder, 'empty') })).rejects.toThrow(/token file .*empty is empty/);
    await expect(start({ tokenFile: join(folder, 'no', 'token') })).rejects.toThrow(/cannot be used: ENOENT/);
    expect(await readdir(folder)).toEqual(['empty']);
  });
});

describe('the port', () => {
  it('in use is an error of the environment with a hint, and leaves nothing', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    if (port === undefined) throw new Error('a listening server has a port');

    await expect(start({ port })).rejects.toMatchObject({
      name: 'EnvironmentError',
      exitReason: 'environment',
      message: `port ${port} on 127.0.0.1 is in use`,
      hint: containing('another port'),
    });
    expect(await readdir(folder)).toEqual([]);
    other.close();
  });
});

describe('a start that is interrupted', () => {
  it('stops the controller when the signal comes', async () => {
    const interruption = new AbortController();
    const controller = await start({ signal: interruption.signal });
    expect(await isListening(new URL(controller.url).host)).toBe(true);

    interruption.abort();
    await controller.stop();

    expect(await isListening(new URL(controller.url).host)).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a request that cannot be served', () => {
  it('for a snapshot of a Python that is missing, relative or has no guest says so', async () => {
    const controller = await start();
    const warmWith = async (python: string): Promise<readonly [number, string]> => {
      const { status, text } = await call(controller, 'POST', '/v1/snapshots', { tag: 'p', python });
      return [status, text];
    };

    expect(await warmWith('/nope/python')).toEqual([400, '{"error":"python not found: /nope/python"}']);
    expect(await warmWith('python3')).toEqual([400, '{"error":"python must be an absolute path: python3"}']);
    // Any program that ends at once; its last words come with the error.
    expect(await warmWith('/bin/ls')).toEqual([
      500,
      expect.stringMatching(/the parent process ended with exit code 2.*last lines/s),
    ]);
    expect((await call(controller, 'GET', '/v1/snapshots')).text).toBe('[]');
  });

  it('for a kernel that exists says what the embedded controller wants instead', async () => {
    const controller = await start();
    const body = { tag: 't', kernel: '/etc/passwd', rootfs: '/etc/passwd' };

    const response = await call(controller, 'POST', '/v1/snapshots', body);

    expect([response.status, response.text]).toEqual([
      400,
      expect.stringContaining('warms a Python environment'),
    ]);
  });

  it('with more than 4 MiB is refused, with less is not', async () => {
    const controller = await start();
    const post = async (length: number): Promise<number> =>
      (await call(controller, 'POST', '/v1/sandboxes/sb-1/eval', { code: 'x'.repeat(length) })).status;

    expect(await post(4 * 1024 * 1024)).toBe(413);
    expect(await post(4 * 1024 * 1024 - 100)).toBe(404);
  });

  it.each<[method: 'GET' | 'POST' | 'DELETE', path: string, route: string]>([
    ['POST', '/v1/sandboxes/sb-1/branch', '/v1/sandboxes/:id/branch'],
    ['POST', '/v1/snapshots/x/compact', '/v1/snapshots/:tag/compact'],
    ['GET', '/v1/workspaces', '/v1/workspaces'],
    ['POST', '/v1/workspaces', '/v1/workspaces'],
    ['DELETE', '/v1/workspaces/w', '/v1/workspaces/:name'],
    ['POST', '/v1/workspaces/w/suspend', '/v1/workspaces/:name/suspend'],
    ['POST', '/v1/workspaces/w/resume', '/v1/workspaces/:name/resume'],
  ])('as %s %s says that only a real forkd has it', async (method, path, route) => {
    const controller = await start();

    const { status, text } = await call(controller, method, path);

    expect([status, JSON.parse(text)]).toEqual([501, { error: containing(`${method} ${route} is not`) }]);
  });

  it('without a token learns nothing about routes', async () => {
    const controller = await start();

    expect((await rawCall(`${controller.url}/v1/nothing`, 'GET', {}, undefined)).status).toBe(401);
    expect((await rawCall(`${controller.url}/healthz/`, 'GET', {}, undefined)).status).toBe(404);
  });
});
