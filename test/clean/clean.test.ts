import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { findCgroups } from '../../src/clean/find-cgroups.ts';
import { startEmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { ProcessMentions } from '../../src/process/process-mentions.ts';
import { environmentFolder } from '../../src/python/environment-id.ts';
import { withEnvironmentLock } from '../../src/python/environment-lock.ts';
import { findPython } from '../../src/python/find-python.ts';
import { makeRunner } from '../../src/python/run-tool.ts';
import { type CliResult, runCli } from '../helpers/run-cli.ts';

const AN_HOUR_AGO = new Date(Date.now() - 3_600_000);

let folder: string;
let temporary: string;
let cache: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clean-test-'));
  [temporary, cache] = [join(folder, 'tmp'), join(folder, 'cache')];
  await Promise.all([mkdir(temporary), mkdir(cache)]);
  vi.stubEnv('FORKD_SPAWNER_CACHE_DIR', cache);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

async function clean(...flags: readonly string[]): Promise<CliResult> {
  return runCli(['clean', ...flags], undefined, { TMPDIR: temporary });
}

/** A folder that is an hour old, with a megabyte in it. */
async function old(parent: string, name: string, ...inside: readonly string[]): Promise<string> {
  const path = join(parent, name);
  await mkdir(path);
  for (const one of inside) await mkdir(join(path, one));
  await writeFile(join(path, inside[0] ?? '.', 'log'), Buffer.alloc(2 ** 20, 'x'));
  await utimes(path, AN_HOUR_AGO, AN_HOUR_AGO);
  return path;
}

/** A process that does nothing but be there. */
async function startSleeper(options: { readonly cwd?: string; readonly name?: string }): Promise<void> {
  const child = spawn('/bin/sh', ['-c', 'read line', options.name ?? 'sleeper'], {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  children.push(child);
  await once(child, 'spawn');
}

async function left(parent: string): Promise<readonly string[]> {
  return (await readdir(parent)).filter((name) => name !== 'node-compile-cache').toSorted();
}

describe('clean', () => {
  it('lists on a dry run, with sizes, what it then removes', async () => {
    await old(cache, 'run-0123456789ab', 'lib');
    await old(temporary, 'forkd-spawner-aB3_9x', 'hub');
    await old(temporary, 'forkd-controller-aB3c9x', 'snapshots', 'sandboxes');

    const dry = await clean('--dry-run');

    expect(dry.stdout.match(/^would be removed: (environment|folder) .* 1 MiB/gm)).toHaveLength(3);
    expect(dry.stdout).toMatch(/^3 would be removed \(3 MiB\)/m);
    expect(await left(temporary)).toHaveLength(2);

    const real = await clean();

    expect(real.stdout).toContain('3 removed (3 MiB)');
    expect(real.exitCode).toBe(0);
    expect([await left(temporary), await left(cache)]).toEqual([[], []]);
  });

  it('leaves what is young, what only has such a name, and what is no folder', async () => {
    await mkdir(join(temporary, 'forkd-spawner-young1', 'hub'), { recursive: true });
    await old(temporary, 'forkd-spawner-github', 'src');
    await old(temporary, 'forkd-spawner-records', 'hub');
    await old(cache, 'run-of-mine', 'lib');
    const names = await left(temporary);

    const { stdout } = await clean('--all');

    expect(stdout).not.toMatch(new RegExp(folder));
    expect([await left(temporary), await left(cache)]).toEqual([names, ['run-of-mine']]);
  });

  it.each(['probe', 'owner.lock.new'])(
    'removes a folder that was begun when its maker was killed: %s',
    async (file) => {
      const path = await old(temporary, 'forkd-spawner-aB3_9x');
      await rename(join(path, 'log'), join(path, file));
      await utimes(path, AN_HOUR_AGO, AN_HOUR_AGO);

      expect((await clean()).stdout).toMatch(/^removed: folder .*forkd-spawner-aB3_9x/m);
      expect(await left(temporary)).toEqual([]);
    },
  );

  it('leaves a folder in which somebody works, and says who', async () => {
    const path = await old(temporary, 'forkd-spawner-aB3d9x', 'hub');
    await startSleeper({ cwd: join(path, 'hub') });

    const { stdout } = await clean();

    expect(stdout).toMatch(/^in use: folder .*forkd-spawner-aB3d9x.* \(process \d+ \(.*sleeper/m);
    expect(await left(temporary)).toEqual(['forkd-spawner-aB3d9x']);
  });

  it('leaves the folder of a controller that runs', async () => {
    const controller = await startEmbeddedController({ dataDir: temporary });
    await utimes(controller.dataDir, AN_HOUR_AGO, AN_HOUR_AGO);

    const { stdout } = await clean();

    expect(stdout).toMatch(/^in use: folder .*forkd-controller-/m);
    expect(await left(temporary)).toHaveLength(1);
    await controller.stop();
  });

  it("leaves this release's environment unless all are to go", async () => {
    const own = await environmentFolder(await findPython(makeRunner(undefined)), 'run');
    await mkdir(own);

    expect((await clean()).stdout).not.toContain(own);
    expect((await clean('--all')).stdout).toContain(`removed: environment ${own}`);
    expect(await left(cache)).toEqual([]);
  });

  it('leaves an environment that somebody prepares; the file of a lock keeps nobody', async () => {
    const [prepared, ...others] = await Promise.all(
      ['run-0123456789ab', 'run-0123456789ac', 'run-0123456789ad'].map((name) => old(cache, name, 'lib')),
    );
    for (const path of others) await writeFile(`${path}.lock`, String(process.pid));

    await withEnvironmentLock(prepared ?? '', {}, async () => {
      const { stdout } = await clean();

      expect(stdout).toContain(`(process ${process.pid} prepares it)`);
      expect(await left(cache)).toEqual(['run-0123456789ab', 'run-0123456789ab.lock']);
    });
  });

  it("says what is in a lock's place and keeps its environment", async () => {
    await mkdir(`${await old(cache, 'run-0123456789ab', 'lib')}.lock`);

    const { stdout, exitCode } = await clean('--all');

    expect(stdout).toMatch(/^in use: environment .* \(the lock .* cannot be taken: it is no file\)/m);
    expect(exitCode).toBe(0);
  });

  it('leaves an environment whose programs run', async () => {
    const path = await old(cache, 'run-0123456789ab', 'bin');
    await startSleeper({ name: join(path, 'bin', 'jupyterhub') });

    expect((await clean()).stdout).toMatch(/^in use: environment/m);
    expect(await left(cache)).toEqual(['run-0123456789ab']);
  });
});

describe('the cgroup of a controller', () => {
  it('is left over when no process carries its instance', async () => {
    const [dead, alive] = [randomUUID(), randomUUID()];
    for (const instance of [dead, alive]) await old(folder, `forkd-controller-${instance}`, 'sb-1');
    await startSleeper({ name: `FORKD_CONTROLLER_INSTANCE=${alive}` });

    const groups = await findCgroups(await ProcessMentions.read(), [folder]);

    const inUse = groups.filter((group) => group.inUse !== undefined);
    expect(groups).toHaveLength(2);
    expect(inUse.map(({ path }) => path)).toEqual([join(folder, `forkd-controller-${alive}`)]);
  });

  it('is in use while a process is in one of its groups', async () => {
    const path = await old(folder, `forkd-controller-${randomUUID()}`, 'sb-1');
    await writeFile(join(path, 'sb-1', 'cgroup.procs'), '4711\n');

    const [group] = await findCgroups(await ProcessMentions.read(), [folder]);

    expect(group?.inUse).toBe('process 4711 belongs to it');
  });
});
