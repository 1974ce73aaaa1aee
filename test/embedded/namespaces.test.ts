import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

import type { SandboxReply } from '../../src/forkd/controller-replies.ts';
import { type EmbeddedController, startEmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { findProcessesOf } from '../../src/process/process-sweep.ts';
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
import { isRunning } from './host.ts';
import {
  addressesIn,
  askFrom,
  CAN_MAKE_NAMESPACES,
  defaultRouteIn,
  ip,
  isBridgeForgotten,
  makeForeignNamespace,
  tracesOf,
} from './namespaces-on-host.ts';
import { serveInProcess } from './serve-in-process.ts';

const DEADLINE = { timeout: 10_000, interval: 10 };
const PING = '{"action":"ping"}';
const IN_NAMESPACE = { per_child_netns: true };

const running: EmbeddedController[] = [];
const killedAfterwards: ChildProcess[] = [];
const foreign: string[] = [];
afterEach(async () => {
  for (const child of killedAfterwards.splice(0)) child.kill('SIGKILL');
  await Promise.all(running.splice(0).map((controller) => controller.stop()));
  for (const name of foreign.splice(0)) await ip('netns', 'delete', name);
});

async function start(netns: number): Promise<EmbeddedController> {
  const controller = await startEmbeddedController({ netns });
  running.push(controller);
  return controller;
}

function childOf({ netns }: SandboxReply): string {
  if (netns === null) throw new Error('the sandbox has no network namespace');
  return netns;
}

function guestOf(sandbox: SandboxReply): string {
  return childOf(sandbox).replace('child', 'guest');
}

function pidIn(answer: string): number {
  return z.object({ pid: z.int() }).parse(JSON.parse(answer)).pid;
}

describe('a host that cannot have namespaces', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'namespaces-test-'));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  it('for want of root is told so before anything is made', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);

    await expect(startEmbeddedController({ netns: 1, dataDir: folder })).rejects.toMatchObject({
      exitReason: 'environment',
      message: 'network namespaces need root',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    [[], 'network namespaces need ip,'],
    [['ip', 'flock'], 'network namespaces need nft or iptables,'],
  ])('for want of a program is told which: of %j', async (programs, message) => {
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    vi.stubEnv('PATH', folder);
    for (const name of programs) await writeFile(join(folder, name), '', { mode: 0o755 });

    await expect(startEmbeddedController({ netns: 1, dataDir: folder })).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual(programs.toSorted());
  });

  it.skipIf(!CAN_MAKE_NAMESPACES)(
    'for another reason is told what ip said, and nothing is left',
    async () => {
      const program = '#!/bin/sh\n[ "$1" != -netns ] || { echo "ip: not today" >&2; exit 1; }\n';
      const path = process.env['PATH'] ?? '';
      await writeFile(join(folder, 'ip'), `${program}PATH='${path}' exec ip "$@"\n`, { mode: 0o755 });
      vi.stubEnv('PATH', `${folder}:${path}`);
      const before = await readdir('/sys/class/net');

      await expect(startEmbeddedController({ netns: 1, dataDir: join(folder, 'data') })).rejects.toThrow(
        '1 network namespaces could not be made: ip: not today',
      );

      expect(await readdir(join(folder, 'data'))).toEqual([]);
      const made = (await readdir('/sys/class/net')).filter((name) => !before.includes(name));
      expect(made).toEqual([]);
    },
  );
});

describe.skipIf(!CAN_MAKE_NAMESPACES)('the namespaces of a controller', () => {
  it("are laid out as forkd's scripts do, with a guest in the place of the microVM", async () => {
    const { netns } = await start(2);

    expect(netns).toHaveLength(2);
    for (const child of netns) {
      const number = Number(/^forkd-child-(\d+)$/.exec(child)?.[1]);
      expect(await addressesIn(child)).toEqual({
        lo: ['127.0.0.1/8'],
        'forkd-tap0': ['10.42.0.1/24'],
        veth0: [`10.43.0.${number + 1}/16`],
      });
      expect(await defaultRouteIn(child)).toBe('10.43.0.1');
      const guest = `forkd-guest-${number}`;
      expect(await addressesIn(guest)).toEqual({ lo: ['127.0.0.1/8'], eth0: ['10.42.0.2/24'] });
      expect(await defaultRouteIn(guest)).toBe('10.42.0.1');
      expect(await ip('link', 'show', `forkd-v-${number}h`)).toContain('master forkd-br0');
    }
  });

  it('let a guest out to the bridge, where it comes from an address of its own', async () => {
    const { netns } = await start(1);
    const [child = ''] = netns;
    const server = createServer((socket) => socket.end(socket.remoteAddress ?? '')).listen(0, '10.43.0.1');
    await once(server, 'listening');
    try {
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;

      const seen = await askFrom(child.replace('child', 'guest'), '10.43.0.1', port);

      expect([`${seen}/16`]).toEqual((await addressesIn(child))['veth0']);
    } finally {
      server.close();
    }
  });

  it('leave those of others alone, and take the next numbers', async () => {
    const name = await makeForeignNamespace();
    foreign.push(name);

    const first = await start(2);
    const second = await start(2);

    const all = [name, ...first.netns, ...second.netns];
    expect(new Set(all).size).toBe(5);
    await Promise.all([first.stop(), second.stop()]);
    expect(await tracesOf(all)).toEqual([name]);
    expect(await isBridgeForgotten()).toBe(false);
  });
});

describe.skipIf(!CAN_MAKE_NAMESPACES)('a controller with namespaces', () => {
  /** Its tests share it, since a parent takes seconds to warm up. The last of them stops it. */
  let controller: EmbeddedController;
  beforeAll(async () => {
    controller = await startWarmed({ netns: 2 });
  });
  afterAll(async () => {
    await controller.stop();
  });

  describe('has a sandbox in a namespace that', () => {
    afterEach(async () => {
      await deleteSandboxes(controller);
    });

    it("has the microVM's address, the same as its neighbour, and each meets only itself there", async () => {
      const rows = await createSandboxes(controller, { n: 2, ...IN_NAMESPACE });

      expect(rows.map((row) => row.guest_addr)).toEqual(['10.42.0.2:8888', '10.42.0.2:8888']);
      expect(rows.map((row) => row.netns)).toEqual(controller.netns);
      for (const row of rows) {
        expect(pidIn((await ping(controller, row)).text)).toBe(row.pid);
        expect(pidIn(await askFrom(childOf(row), '10.42.0.2', 8888, PING))).toBe(row.pid);
        expect(pidIn(await askFrom(guestOf(row), '10.42.0.2', 8888, PING))).toBe(row.pid);
        expect((await exec(controller, row, 'ls', '/proc/self/net/dev_snmp6')).text).toContain(
          '"eth0\\nlo\\n"',
        );
      }
    });

    it('is only for who asks for one', async () => {
      const row = await createSandbox(controller);

      expect(row.netns).toBeNull();
      expect(row.guest_addr).toMatch(/^127\./);
      expect((await ping(controller, row)).status).toBe(200);
    });

    it('frees it when it is deleted; where none is free, the answer is that of forkd', async () => {
      const [row, other] = await createSandboxes(controller, { n: 2, ...IN_NAMESPACE });
      const body = { snapshot_tag: 'jupyter', ...IN_NAMESPACE };

      const refused = await call(controller, 'POST', '/v1/sandboxes', body);

      expect(refused.status).toBe(500);
      expect(refused.text).toMatch(/^\{"error":"restore_many: socket \S+ never appeared within 5s/);
      expect((await call(controller, 'DELETE', `/v1/sandboxes/${row?.id ?? ''}`)).status).toBe(204);
      const next = await createSandbox(controller, IN_NAMESPACE);
      expect([next.netns, other?.netns]).toEqual(controller.netns);
    });

    it('refuses pings at its address when it has ended by itself', async () => {
      const row = await createSandbox(controller, IN_NAMESPACE);

      process.kill(row.pid ?? 0, 'SIGKILL');

      await expect
        .poll(async () => (await ping(controller, row)).text, DEADLINE)
        .toMatch(/ping: connect 10\.42\.0\.2:8888: connection refused \(its process/);
    });
  });

  it('leaves none, nor what was in them, when it is stopped', async () => {
    const sandbox = await createSandbox(controller, IN_NAMESPACE);
    const daemon = await startDaemon(controller, sandbox);
    expect(await tracesOf(controller.netns)).toHaveLength(6);

    await controller.stop();

    expect(await isRunning(daemon)).toBe(false);
    expect(await tracesOf(controller.netns)).toEqual([]);
    expect(await isBridgeForgotten()).toBe(false);
  });

  it('leaves none when it is killed', async () => {
    const { child, target } = await serveInProcess(2);
    const exited = once(child, 'exit');
    killedAfterwards.push(child);
    await warm(target);
    const sandbox = await createSandbox(target, IN_NAMESPACE);
    const daemon = await startDaemon(target, sandbox);
    expect(await isRunning(daemon)).toBe(true);

    child.kill('SIGKILL');
    await exited;

    await expect.poll(async () => tracesOf(target.netns), DEADLINE).toEqual([]);
    await expect.poll(isBridgeForgotten, DEADLINE).toBe(false);
    expect(await findProcessesOf([target.dataDir])).toEqual([]);
    expect(await isRunning(daemon)).toBe(false);
  });
});
