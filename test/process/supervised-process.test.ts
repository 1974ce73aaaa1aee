import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { EnvironmentError } from '../../src/faults/errors.ts';
import { freePorts, requireFreePort } from '../../src/process/free-ports.ts';
import { type SupervisedProcess, startProcess } from '../../src/process/supervised-process.ts';
import { listen } from '../helpers/listen.ts';

const DEADLINE = { timeout: 10_000, interval: 10 };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'process-test-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function startShell(script: string): Promise<SupervisedProcess> {
  return startProcess({
    name: 'a shell',
    command: '/bin/sh',
    args: ['-c', script],
    cwd: folder,
    env: process.env,
    logFile: join(folder, 'log'),
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a supervised process', () => {
  it('is stopped with SIGTERM when it heeds it', async () => {
    const child = await startShell("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done");
    await expect.poll(() => child.lastLogLines(1), DEADLINE).toEqual(['up']);

    await child.stop({ timeoutMs: 10_000 });

    expect(child.end).toEqual({ exitCode: 0, signal: null, description: 'exit code 0' });
    expect(await child.lastLogLines(2)).toEqual(['up', 'bye']);
  });

  it('is killed with its whole group when it ignores SIGTERM', async () => {
    const child = await startShell("trap '' TERM; sleep 600 & echo $! > pid; wait; sleep 600");
    const pidFile = join(folder, 'pid');
    await expect.poll(() => readFile(pidFile, 'utf8').catch(() => ''), DEADLINE).toMatch(/\d\n/);
    const grandchild = Number(await readFile(pidFile, 'utf8'));

    await child.stop({ timeoutMs: 50 });

    expect(child.end?.signal).toBe('SIGKILL');
    await expect.poll(() => isRunning(grandchild), DEADLINE).toBe(false);
  });

  it('can be stopped after it has ended by itself', async () => {
    const child = await startShell('exit 3');
    await expect.poll(() => child.end?.exitCode, DEADLINE).toBe(3);

    await child.stop({ timeoutMs: 10_000 });
  });

  it('that does not exist is an environment that is not ready', async () => {
    const options = { name: 'it', args: [], cwd: folder, env: {}, logFile: join(folder, 'log') };

    await expect(startProcess({ ...options, command: '/nope' })).rejects.toThrow(EnvironmentError);
  });

  it('has the last lines of a long log', async () => {
    await writeFile(join(folder, 'log'), Array.from({ length: 5000 }, (_, n) => `line ${n}\n`).join(''));
    const child = await startShell('true');

    expect(await child.lastLogLines(2)).toEqual(['line 4998', 'line 4999']);
    await child.stop({ timeoutMs: 10_000 });
  });
});

describe('ports', () => {
  it('come all different', async () => {
    expect(new Set(await freePorts(20)).size).toBe(20);
  });

  it('in use are named', async () => {
    const server = createServer();
    const port = await listen(server);

    await expect(requireFreePort(port)).rejects.toThrow(`port ${port} of 127.0.0.1 cannot be used`);
    server.close();
  });
});
