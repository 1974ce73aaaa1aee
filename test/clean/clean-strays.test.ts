import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { findStrays } from '../../src/clean/find-strays.ts';
import { startEmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { endMachine } from '../../src/forkd/running-machines.ts';
import { freePorts } from '../../src/process/free-ports.ts';
import { processStatus } from '../../src/process/process-status.ts';
import { isRunning } from '../embedded/host.ts';
import { runCli } from '../helpers/run-cli.ts';
import { CAN_HAVE_A_HOST, PrivateHost } from '../network/private-host.ts';

const PROGRAM = fileURLToPath(new URL('programs/clean-strays.ts', import.meta.url));
const DEADLINE = { timeout: 10_000, interval: 10 };
const NAMESPACE = 'forkd-child-7';

let folder: string;
/** A program that does nothing, by the name of the microVMs'. */
let firecracker: string;
const children: ChildProcess[] = [];
/** Of a child, which may have ended. */
const grandchildren: number[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strays-test-'));
  firecracker = await copyOf('sleep', 'firecracker');
  await Promise.all([mkdir(join(folder, 'tmp')), mkdir(join(folder, 'cache'))]);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(children.splice(0).map(end));
  for (const pid of grandchildren.splice(0)) if (await isRunning(pid)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true });
});

async function copyOf(program: string, name: string): Promise<string> {
  const path = join(folder, name);
  await copyFile(execFileSync('which', [program], { encoding: 'utf8' }).trim(), path);
  return path;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function untilNamed(child: ChildProcess, name: string): Promise<number> {
  children.push(child);
  const pid = child.pid ?? 0;
  await expect.poll(async () => (await processStatus(pid))?.name, DEADLINE).toBe(name);
  return pid;
}

// On a host of its own: the namespaces, and so the microVMs, of the machine are none of its business.
describe.skipIf(!CAN_HAVE_A_HOST)('clean --controller', () => {
  let host: PrivateHost;
  beforeAll(async () => {
    host = await PrivateHost.make();
    await host.shell(`ip link set lo up; ip netns add ${NAMESPACE}; ip netns add other`);
  });
  afterAll(async () => {
    await host.end();
  });

  async function startMachine(namespace = NAMESPACE): Promise<number> {
    const child = host.start('ip', 'netns', 'exec', namespace, firecracker, '1000');
    return untilNamed(child, 'firecracker');
  }

  interface Told {
    readonly lists?: readonly (readonly { readonly pid: number | null; readonly netns: string | null }[])[];
    readonly minimumAgeMs?: number | undefined;
    readonly dryRun?: boolean;
  }

  async function clean(told: Told = {}): Promise<readonly Record<string, unknown>[]> {
    const environment = [`TMPDIR=${join(folder, 'tmp')}`, `FORKD_SPAWNER_CACHE_DIR=${join(folder, 'cache')}`];
    const asked = JSON.stringify({ lists: [[]], minimumAgeMs: 0, dryRun: false, ...told });
    const text = await host.run('env', ...environment, process.execPath, PROGRAM, asked);
    const cleaned = z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(text));
    // Cgroups of dead controllers may be the machine's.
    return cleaned.filter(({ kind }) => kind === 'microVM');
  }

  it('names on a dry run, and then ends, a microVM that is not listed', async () => {
    const pid = await startMachine();
    const found = expect.objectContaining({ kind: 'microVM', pid, namespace: NAMESPACE });

    expect(await clean({ dryRun: true })).toEqual([found]);
    expect(await isRunning(pid)).toBe(true);

    expect(await clean()).toMatchObject([{ pid, outcome: 'removed' }]);
    expect(await isRunning(pid)).toBe(false);
    expect(await clean()).toEqual([]);
  });

  it('leaves what is listed, were it once only, and what is in a namespace of a listed sandbox', async () => {
    const pid = await startMachine();
    const row = { pid, netns: NAMESPACE };

    expect(await clean({ lists: [[row]] })).toEqual([]);
    expect(await clean({ lists: [[], [row]] })).toEqual([]);
    expect(await clean({ lists: [[row], []] })).toEqual([]);
    expect(await clean({ lists: [[{ pid: 1, netns: NAMESPACE }]] })).toEqual([]);
    expect(await clean({ lists: [[{ pid, netns: null }]] })).toEqual([]);
    expect(await isRunning(pid)).toBe(true);
  });

  it('leaves one that is young, since it may not be listed yet', async () => {
    const pid = await startMachine();

    expect(await clean({ minimumAgeMs: undefined })).toMatchObject([
      { pid, outcome: 'in use', inUse: expect.stringMatching(/^started \d s ago/) },
    ]);
    expect(await isRunning(pid)).toBe(true);
  });

  it("leaves what isn't in a namespace of forkd's, or has another name", async () => {
    const elsewhere = await startMachine('other');
    const sleeper = host.start('ip', 'netns', 'exec', NAMESPACE, 'sleep', '1000');
    const pid = await untilNamed(sleeper, 'sleep');

    expect(await clean()).toEqual([]);
    expect(await Promise.all([elsewhere, pid].map(isRunning))).toEqual([true, true]);
  });

  it('leaves those of another forkd that runs', async () => {
    const forkd = await copyOf('sh', 'forkd-controller');
    const script = `ip netns exec ${NAMESPACE} ${firecracker} 1000 & wait`;
    const parent = await untilNamed(host.start(forkd, '-c', script), 'forkd-controlle');
    const pid = await childOf(parent);

    expect(await clean()).toMatchObject([
      { pid, outcome: 'in use', inUse: `process ${parent} (forkd-controlle) runs it` },
    ]);
    expect(await isRunning(pid)).toBe(true);
  });

  async function childOf(parent: number): Promise<number> {
    const read = async (): Promise<string> => readFile(`/proc/${parent}/task/${parent}/children`, 'utf8');
    await expect.poll(read, DEADLINE).toMatch(/\d/);
    const pid = Number(await read());
    grandchildren.push(pid);
    await expect.poll(async () => (await processStatus(pid))?.name, DEADLINE).toBe('firecracker');
    return pid;
  }
});

describe('a microVM', () => {
  it('is ended by its number and its start: the number alone may be another’s by now', async () => {
    const pid = await untilNamed(spawn(firecracker, ['1000']), 'firecracker');
    const { startTicks = 0 } = (await processStatus(pid)) ?? {};

    await endMachine({ pid, startTicks: startTicks - 1 });
    expect(await isRunning(pid)).toBe(true);

    await endMachine({ pid, startTicks });
    expect(await isRunning(pid)).toBe(false);
  });
});

describe('strays are looked for', () => {
  const { signal } = new AbortController();

  it('by root only', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);

    await expect(
      findStrays({ url: 'http://127.0.0.1:1', tokenFile: undefined }, { signal }),
    ).rejects.toMatchObject({
      exitReason: 'environment',
      message: expect.stringContaining('only root'),
      hint: 'run it again with sudo',
    });
  });

  it('on this machine only', async () => {
    for (const url of ['http://10.0.0.1:8889', 'http://localhost.example:8889', 'embedded']) {
      const { exitCode, stderr } = await runCli(['clean', '--controller', url]);

      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('a forkd controller on this machine')]);
    }
  });

  it.skipIf(process.getuid?.() !== 0)('not without an answer, and then nothing else is removed', async () => {
    const [port = 0] = await freePorts(1);
    const leftover = join(folder, 'tmp', 'forkd-rehearsal-aB3d9xyz');
    await mkdir(leftover);
    execFileSync('touch', ['-d', '1 hour ago', leftover]);

    const args = ['clean', '--controller', `http://127.0.0.1:${port}`];
    const { exitCode, stderr, stdout } = await runCli(args, undefined, { TMPDIR: join(folder, 'tmp') });

    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toContain('did not answer');
    execFileSync('test', ['-d', leftover]);
  });

  it.skipIf(process.getuid?.() !== 0)('not by what a controller of processes lists', async () => {
    const controller = await startEmbeddedController({ dataDir: folder });
    const { url, tokenFile } = controller;

    const { exitCode, stderr } = await runCli(['clean', '--controller', url, '--token-file', tokenFile]);
    await controller.stop();

    expect(stderr).toContain('forks processes and has no microVMs');
    expect(exitCode).toBe(3);
  });
});
