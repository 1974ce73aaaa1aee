import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { listeningPorts, parseListening, RoundLeftovers } from '../../../src/bench/target/leftovers.ts';

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
});

async function startProcess(dataDir: string): Promise<ChildProcess> {
  const child = spawn('sleep', ['60'], { env: { ...process.env, TMPDIR: `${dataDir}/sandboxes/sb-1/tmp` } });
  children.push(child);
  await once(child, 'spawn');
  return child;
}

/** No controller's so far. */
const newFolder = (): string => `/forkd-controller-${randomUUID()}`;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function sources(list: string[], dataDir?: string): ConstructorParameters<typeof RoundLeftovers>[0] {
  return {
    serverState: (user) => Promise.resolve({ sandbox_id: `sb-of-${user}`, host: '127.99.98.97' }),
    listSandboxes: () => Promise.resolve(list),
    ...(dataDir !== undefined && { dataDir }),
  };
}

describe('RoundLeftovers', () => {
  it('finds nothing where everything has ended', async () => {
    const leftovers = new RoundLeftovers(sources([], newFolder()));
    await leftovers.before();
    await leftovers.during(['alice']);

    await expect(leftovers.find()).resolves.toEqual([]);
  });

  it("names our hub's sandboxes on a shared controller, and nobody else's", async () => {
    const list: string[] = [];
    const leftovers = new RoundLeftovers(sources(list));
    await leftovers.before();
    list.push('sb-of-alice', 'sb-of-a-stranger');
    await leftovers.during(['alice']);

    await expect(leftovers.find()).resolves.toEqual([{ kind: 'sandbox', detail: 'sb-of-alice' }]);
  });

  it('names every new sandbox on an embedded controller, which is ours alone', async () => {
    const list = ['sb-before'];
    const leftovers = new RoundLeftovers(sources(list, newFolder()));
    await leftovers.before();
    list.push('sb-of-a-failed-start');

    await expect(leftovers.find()).resolves.toEqual([{ kind: 'sandbox', detail: 'sb-of-a-failed-start' }]);
  });

  it('names a process of the controller that was not there before, and not the parents', async () => {
    const dataDir = newFolder();
    await startProcess(dataDir);
    const leftovers = new RoundLeftovers(sources([], dataDir));
    await leftovers.before();
    const leaked = await startProcess(dataDir);

    await expect(leftovers.find()).resolves.toEqual([
      { kind: 'process', detail: `${leaked.pid ?? 0} (sleep 60)` },
    ]);

    await end(leaked);
    await expect(leftovers.find()).resolves.toEqual([]);
  });

  it('names a process that the process spawner has left behind', async () => {
    const server = await startProcess('/none');
    const leftovers = new RoundLeftovers({ serverState: () => Promise.resolve({ pid: server.pid }) });
    await leftovers.before();
    await leftovers.during(['alice']);

    await expect(leftovers.find()).resolves.toEqual([{ kind: 'process', detail: `${server.pid ?? 0}` }]);
  });

  it('admits that it could not look when the controller does not answer', async () => {
    let calls = 0;
    const leftovers = new RoundLeftovers({
      ...sources([]),
      listSandboxes: () => (calls++ === 0 ? Promise.resolve([]) : Promise.reject(new Error('refused'))),
    });
    await leftovers.before();

    await expect(leftovers.find()).resolves.toEqual([{ kind: 'unknown', detail: 'refused' }]);
  });
});

describe('parseListening', () => {
  it('decodes addresses and leaves connections out', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid',
      '   0: 0403147F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0',
      '   1: 0100007F:0050 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0',
    ].join('\n');

    expect(parseListening(table)).toEqual(['127.20.3.4:8000']);
  });
});

describe('listeningPorts', () => {
  it('finds a port of its own address while somebody listens on it, and none after', async () => {
    const server = createServer().listen(0, '127.77.66.55');
    await once(server, 'listening');

    await expect(listeningPorts(new Set(['127.77.66.55']))).resolves.toHaveLength(1);

    server.close();
    await once(server, 'close');
    await expect(listeningPorts(new Set(['127.77.66.55']))).resolves.toEqual([]);
  });
});
