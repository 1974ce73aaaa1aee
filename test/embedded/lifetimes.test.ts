import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { type EmbeddedController, startEmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { findProcessesOf } from '../../src/process/process-sweep.ts';
import { isAccessible } from '../../src/process/is-accessible.ts';
import {
  call,
  createSandbox,
  createSandboxes,
  deleteSandboxes,
  exec,
  ping,
  startDaemon,
  startWarmed,
  warm,
} from './controller-under-test.ts';
import { cgroupsOf, isListening, isRunning } from './host.ts';
import { serveInProcess } from './serve-in-process.ts';

const DEADLINE = { timeout: 10_000, interval: 10 };

/** All tests share it, since a parent takes seconds to warm up. The last one stops it. */
let controller: EmbeddedController;
const killedAfterwards: ChildProcess[] = [];
beforeAll(async () => {
  controller = await startWarmed();
});
afterEach(() => {
  for (const child of killedAfterwards.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await controller.stop();
});

async function processesOf({ dataDir }: Pick<EmbeddedController, 'dataDir'>): Promise<readonly number[]> {
  return findProcessesOf([dataDir]);
}

async function snapshotRow(tag: string): Promise<unknown> {
  const { text } = await call(controller, 'GET', '/v1/snapshots');
  return z
    .array(z.looseObject({ tag: z.string() }))
    .parse(JSON.parse(text))
    .find((row) => row.tag === tag);
}

/** A sandbox's parent process is the snapshot's parent. */
async function parentOf(pid: number | null): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
}

describe('a sandbox', () => {
  afterEach(async () => {
    await deleteSandboxes(controller);
  });

  it('is gone when it has been deleted, with the daemon that a user left in it', async () => {
    const sandbox = await createSandbox(controller, { memory_limit_mib: 512 });
    const daemon = await startDaemon(controller, sandbox);
    expect(await isRunning(daemon)).toBe(true);
    expect(await isListening(sandbox.guest_addr)).toBe(true);

    const response = await call(controller, 'DELETE', `/v1/sandboxes/${sandbox.id}`);

    expect(response).toEqual({ status: 204, contentType: null, text: '' });
    expect(await isRunning(daemon)).toBe(false);
    expect(await isRunning(sandbox.pid ?? 0)).toBe(false);
    expect(await isListening(sandbox.guest_addr)).toBe(false);
    expect(await isAccessible(join(controller.dataDir, 'sandboxes', sandbox.id))).toBe(false);
  });

  it('that is killed from outside keeps its row and its log, and refuses pings at once', async () => {
    const [victim, neighbour] = await createSandboxes(controller, { n: 2 });
    if (victim?.pid == null || neighbour === undefined)
      throw new Error('two sandboxes with pids were wanted');
    const daemon = await startDaemon(controller, victim);

    process.kill(victim.pid, 'SIGKILL');

    await expect.poll(async () => (await ping(controller, victim)).status, DEADLINE).toBe(500);
    await expect
      .poll(async () => (await ping(controller, victim)).text, DEADLINE)
      .toMatch(/ping: connect 127\.[\d.]+:8888: connection refused \(its process .* was ended by signal 9\)/);
    await expect.poll(async () => isRunning(daemon), DEADLINE).toBe(false);
    expect((await call(controller, 'GET', `/v1/sandboxes/${victim.id}`)).status).toBe(200);
    expect(await isAccessible(join(controller.dataDir, 'sandboxes', victim.id, 'server.log'))).toBe(true);
    expect((await ping(controller, neighbour)).status).toBe(200);
    expect((await call(controller, 'DELETE', `/v1/sandboxes/${victim.id}`)).status).toBe(204);
    expect(await isAccessible(join(controller.dataDir, 'sandboxes', victim.id))).toBe(false);
  });

  it('can be made by twenty requests at the same time, and each has an address of its own', async () => {
    const rows = await Promise.all(Array.from({ length: 20 }, async () => createSandbox(controller)));

    expect(new Set(rows.map((row) => row.guest_addr)).size).toBe(20);
    expect(new Set(rows.map((row) => row.id)).size).toBe(20);
    const answers = await Promise.all(rows.map(async (row) => ping(controller, row)));
    expect(
      new Set(answers.map(({ text }) => z.object({ pid: z.int() }).parse(JSON.parse(text)).pid)),
    ).toEqual(new Set(rows.map(({ pid }) => pid)));
  });

  it('outlives the deletion of its snapshot, whose parent ends with it', async () => {
    await warm(controller, 'deleted');
    const sandbox = await createSandbox(controller, { snapshot_tag: 'deleted' });
    const parent = await parentOf(sandbox.pid);

    expect((await call(controller, 'DELETE', '/v1/snapshots/deleted')).status).toBe(204);

    expect((await ping(controller, sandbox)).status).toBe(200);
    expect((await call(controller, 'DELETE', `/v1/sandboxes/${sandbox.id}`)).status).toBe(204);
    expect(await isRunning(parent)).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)('that its memory limit has ended says so', async () => {
    const sandbox = await createSandbox(controller, { memory_limit_mib: 64 });
    // In the agent itself, which has nobody to be ended in its place.
    const code = 'len(bytearray(300 * 1024 * 1024))';

    const reply = await call(controller, 'POST', `/v1/sandboxes/${sandbox.id}/eval`, { code });

    expect(reply.status).toBe(500);
    await expect
      .poll(async () => (await ping(controller, sandbox)).text, DEADLINE)
      .toMatch(/was ended by signal 9, its memory limit of 64 MiB was reached\)/);
  });

  it.runIf(process.getuid?.() === 0)('cannot use more memory than its limit', async () => {
    const version = await call(controller, 'GET', '/version');
    expect(version.text).toContain('"memory_limits":"enforced"');
    const [limited, unlimited] = [
      await createSandbox(controller, { memory_limit_mib: 128 }),
      await createSandbox(controller),
    ];
    const allocate = ['python3', '-c', 'print(len(bytearray(300 * 1024 * 1024)))'];

    expect((await exec(controller, unlimited, ...allocate)).text).toContain('314572800');
    expect((await exec(controller, limited, ...allocate)).text).not.toContain('314572800');
  });
});

describe('a parent', () => {
  afterEach(async () => {
    await deleteSandboxes(controller);
  });

  it('that is killed takes its sandboxes with it, their daemons too, leaves others alone, and can no longer be forked', async () => {
    const neighbour = await createSandbox(controller);
    const others = await processesOf(controller);
    await warm(controller, 'killed');
    const sandbox = await createSandbox(controller, { snapshot_tag: 'killed' });
    const daemon = await startDaemon(controller, sandbox);

    process.kill(await parentOf(sandbox.pid), 'SIGKILL');

    await expect.poll(async () => processesOf(controller), DEADLINE).toEqual(others);
    expect(await isRunning(daemon)).toBe(false);
    await expect
      .poll(async () => snapshotRow('killed'), DEADLINE)
      .toMatchObject({ status: 'failed', bootable: false });
    const again = await call(controller, 'POST', '/v1/sandboxes', { snapshot_tag: 'killed' });
    expect(again.status).toBe(409);
    expect(again.text).toMatch(
      /snapshot `killed` is not bootable: its parent process .* was ended by SIGKILL/,
    );
    expect((await ping(controller, sandbox)).text).toMatch(/connection refused/);
    expect((await call(controller, 'DELETE', `/v1/sandboxes/${sandbox.id}`)).status).toBe(204);
    expect((await ping(controller, neighbour)).status).toBe(200);
    expect(await snapshotRow('jupyter')).toMatchObject({ bootable: true });
  });
});

describe('a controller', () => {
  it('ends a snapshot that is still warming up when it is stopped', async () => {
    const cold = await startEmbeddedController();
    const warming = warm(cold).catch((error: unknown) => error);
    await expect.poll(async () => (await processesOf(cold)).length, DEADLINE).toBe(1);

    await cold.stop();

    expect(await processesOf(cold)).toEqual([]);
    expect(await warming).toBeInstanceOf(Error);
  });

  it('leaves nothing when it is killed', async () => {
    const { child, target } = await serveInProcess();
    const exited = once(child, 'exit');
    killedAfterwards.push(child);
    await warm(target);
    const sandbox = await createSandbox(target, { memory_limit_mib: 512 });
    const daemon = await startDaemon(target, sandbox);
    expect(await isRunning(daemon)).toBe(true);
    expect(await isAccessible(target.dataDir)).toBe(true);

    child.kill('SIGKILL');
    await exited;

    await expect.poll(async () => processesOf(target), DEADLINE).toEqual([]);
    await expect.poll(async () => isRunning(daemon), DEADLINE).toBe(false);
    await expect.poll(async () => isListening(sandbox.guest_addr), DEADLINE).toBe(false);
    await expect.poll(async () => isAccessible(target.dataDir), DEADLINE).toBe(false);
    await expect.poll(async () => cgroupsOf(target.instance), DEADLINE).toEqual([]);
  });

  it('leaves no process, port, folder or cgroup when it is stopped', async () => {
    const sandboxes = await createSandboxes(controller, { n: 3, memory_limit_mib: 512 });
    const daemons = await Promise.all(sandboxes.map(async (sandbox) => startDaemon(controller, sandbox)));
    // The parent, three agents, three daemons; one that is just being exec'd shows no environment.
    await expect.poll(async () => (await processesOf(controller)).length, DEADLINE).toBe(7);

    await controller.stop();

    expect(await processesOf(controller)).toEqual([]);
    expect(await Promise.all(daemons.map(isRunning))).toEqual([false, false, false]);
    expect(await Promise.all(sandboxes.map(async (one) => isListening(one.guest_addr)))).toEqual([
      false,
      false,
      false,
    ]);
    expect(await isListening(new URL(controller.url).host)).toBe(false);
    expect(await isAccessible(controller.dataDir)).toBe(false);
    expect(await cgroupsOf(controller.instance)).toEqual([]);
  });
});
