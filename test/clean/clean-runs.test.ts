import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { findProcessesOf, sweepProcessesOf } from '../../src/process/process-sweep.ts';
import { openLocked } from '../../src/files/locked-file.ts';
import { isRunning } from '../embedded/host.ts';
import { runCli } from '../helpers/run-cli.ts';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const DEADLINE = { timeout: 60_000, interval: 50 };
const cleanedSchema = z.array(
  z.object({
    kind: z.string(),
    path: z.string(),
    outcome: z.string(),
    pids: z.array(z.number()).default([]),
    inUse: z.string().optional(),
    reason: z.string(),
  }),
);

let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clean-runs-test-'));
  await Promise.all([mkdir(join(folder, 'tmp')), mkdir(join(folder, 'cache'))]);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const name of await runFolders()) await sweepProcessesOf([name]);
  await rm(folder, { recursive: true, maxRetries: 5 });
});

async function runFolders(): Promise<readonly string[]> {
  const names = await readdir(join(folder, 'tmp'));
  return names.filter((name) => name !== 'node-compile-cache').map((name) => join(folder, 'tmp', name));
}

async function clean(...flags: readonly string[]): Promise<z.infer<typeof cleanedSchema>> {
  const { stdout } = await runCli(['clean', '--json', ...flags], undefined, {
    TMPDIR: join(folder, 'tmp'),
    FORKD_SPAWNER_CACHE_DIR: join(folder, 'cache'),
  });
  // Cgroups of dead controllers may be the machine's.
  return cleanedSchema.parse(JSON.parse(stdout)).filter(({ path }) => path.startsWith(folder));
}

/** The folder of a run whose owner is gone. */
async function endedRun(parent: string): Promise<string> {
  const path = join(folder, parent, 'forkd-spawner-aB3_9x');
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'owner.lock'), '');
  return path;
}

async function startSleeper(environment: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn('sleep', ['1000'], { env: { ...process.env, ...environment }, stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  return child.pid ?? 0;
}

/** The folder of a hub whose starter is killed, without a chance to stop anything, once the hub's process is there. */
async function killedHub(): Promise<string> {
  let isSeen = false;
  await runCli(
    ['hub', '--spawner', 'simple'],
    (said, kill) => {
      if (isSeen || !said.includes('starting JupyterHub')) return;
      isSeen = true;
      void expect
        .poll(processesOfRuns, DEADLINE)
        .not.toEqual([])
        .finally(() => {
          kill('SIGKILL');
        });
    },
    { TMPDIR: join(folder, 'tmp') },
  );
  return (await runFolders())[0] ?? '';
}

async function processesOfRuns(): Promise<readonly number[]> {
  const folders = await runFolders();
  return (await Promise.all(folders.map(async (path) => findProcessesOf([path])))).flat();
}

describe('what a killed run leaves', () => {
  it('is found at once, with its processes, and ended', async () => {
    const path = await killedHub();

    const [found] = await clean('--dry-run');
    expect(found).toMatchObject({ kind: 'run', path, outcome: 'would be removed' });
    const pids = found?.pids ?? [];
    expect(pids.length).toBeGreaterThan(0);
    expect(await Promise.all(pids.map(isRunning))).not.toContain(false);

    expect(await clean()).toMatchObject([{ kind: 'run', path, outcome: 'removed' }]);
    await expect.poll(async () => Promise.all(pids.map(isRunning)), DEADLINE).not.toContain(true);
    expect(await clean()).toEqual([]);
    expect(await runFolders()).toEqual([]);
  });

  it('is found when only a process is left, and its folder is gone', async () => {
    const path = join(folder, 'tmp', 'forkd-spawner-aB3_9x');
    const pid = await startSleeper({ FORKD_SPAWNER_RUN: path });

    expect(await clean()).toMatchObject([{ kind: 'run', path, pids: [pid], outcome: 'removed' }]);
    await expect.poll(async () => isRunning(pid), DEADLINE).toBe(false);
  });

  it.each(['/etc', 'tmp', '', '/tmp/../etc/forkd-spawner-aB3_9x'])(
    'is no folder that a process names with the mark: %j',
    async (named) => {
      const pid = await startSleeper({ FORKD_SPAWNER_RUN: named });

      expect(await clean()).toEqual([]);
      expect(await isRunning(pid)).toBe(true);
    },
  );

  it('is left alone where the folder has lost the file of its owner: it may go on', async () => {
    const path = join(folder, 'tmp', 'forkd-spawner-aB3_9x');
    await mkdir(path);
    await writeFile(join(path, 'mine'), '');
    const pid = await startSleeper({ FORKD_SPAWNER_RUN: path });

    await clean();

    expect(await isRunning(pid)).toBe(true);
    expect(await readdir(path)).toEqual(['mine']);
  });
});

describe('what has started clean', () => {
  it.each([
    ['a shell', 'sh', ['-c', '"$NODE" "$BIN" clean --json; echo "and on"']],
    ['a wrapper', 'sh', ['-c', 'timeout --foreground 60 "$NODE" "$BIN" clean --json; echo "and on"']],
  ])('is never ended, though %s carries the mark of an ended run', async (_, program, args) => {
    const path = await endedRun('tmp');
    const other = await startSleeper({ FORKD_SPAWNER_RUN: path });
    const shell = spawn(program, args, {
      env: {
        ...process.env,
        ...{ NODE: process.execPath, BIN, FORKD_SPAWNER_RUN: path },
        ...{ TMPDIR: join(folder, 'tmp'), FORKD_SPAWNER_CACHE_DIR: join(folder, 'cache') },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await Promise.all([text(shell.stdout), once(shell, 'close')]);

    expect([shell.exitCode, shell.signalCode]).toEqual([0, null]);
    const [json = '', after] = said.trim().split('\n');
    expect(after).toBe('and on');
    expect(cleanedSchema.parse(JSON.parse(json)).filter((one) => one.path === path)).toMatchObject([
      { outcome: 'in use', inUse: expect.stringMatching(/^process \d+, which has started this command/) },
    ]);
    // What stops its servers would stop us.
    expect(await isRunning(other)).toBe(true);
    expect(await readdir(path)).toEqual(['owner.lock']);
  });
});

describe('an ended run in another temporary folder', () => {
  it('is found by a process that names the folder as its own, and what removes it is said', async () => {
    const path = await endedRun('scratch');
    await startSleeper({ TMPDIR: join(folder, 'scratch') });

    const found = await clean();

    const said = `TMPDIR=${join(folder, 'scratch')} forkd-spawner clean removes it`;
    expect(found).toMatchObject([{ kind: 'run', path, outcome: 'elsewhere' }]);
    expect(found[0]?.reason).toContain(said);
    expect(await readdir(path)).toEqual(['owner.lock']);
  });

  it('is found by the mark of a process that is left of it', async () => {
    const path = await endedRun('scratch');
    const pid = await startSleeper({ FORKD_SPAWNER_RUN: path });

    expect(await clean()).toMatchObject([{ kind: 'run', path, outcome: 'elsewhere', pids: [pid] }]);
    expect(await isRunning(pid)).toBe(true);
  });

  it('is found beside the one that a mark names, and none whose owner lives', async () => {
    const path = await endedRun('scratch');
    await startSleeper({ FORKD_SPAWNER_RUN: join(folder, 'scratch', 'forkd-spawner-000000') });
    expect((await clean()).map((one) => one.path)).toContain(path);

    const owner = await openLocked(join(path, 'owner.lock'), 0o600, { timeoutMs: 0, signal: undefined });
    expect((await clean()).map((one) => one.path)).not.toContain(path);
    await owner?.close();
  });
});

it('a run whose owner lives is in use', async () => {
  const seen: z.infer<typeof cleanedSchema>[] = [];
  let looked = false;
  const run = runCli(
    ['hub', '--spawner', 'simple'],
    (said, kill) => {
      if (looked || !said.includes('starting JupyterHub')) return;
      looked = true;
      void clean()
        .then((found) => seen.push(found))
        .finally(() => {
          kill('SIGTERM');
        });
    },
    { TMPDIR: join(folder, 'tmp') },
  );

  expect((await run).exitCode).toBe(130);
  expect(seen).toMatchObject([
    [{ kind: 'run', outcome: 'in use', inUse: expect.stringMatching(/^process \d+ runs it$/) }],
  ]);
  expect(await runFolders()).toEqual([]);
});
