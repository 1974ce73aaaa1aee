import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ControllerClient } from '../../src/forkd/controller-client.ts';
import { type EmbeddedController, startEmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { EnvironmentError } from '../../src/faults/errors.ts';
import { type Area, ready } from '../../src/doctor/check.ts';
import { examine, makeChecks } from '../../src/doctor/examine.ts';
import { judgeCgroups, tellOfStrays } from '../../src/doctor/forkd-host-area.ts';
import { type DoctorOptions, Inspection } from '../../src/doctor/inspection.ts';
import { parseSoftLimit } from '../../src/doctor/limits-area.ts';
import { freePorts } from '../../src/process/free-ports.ts';
import { ensurePythonEnvironment } from '../../src/python/python-environment.ts';
import { type Readiness, readinessSchema } from '../../src/doctor/readiness.ts';
import { Cleanup } from '../../src/process/cleanup.ts';
import { startWarmed } from '../embedded/controller-under-test.ts';
import { CAN_MAKE_NAMESPACES } from '../embedded/namespaces-on-host.ts';
import { runCli } from '../helpers/run-cli.ts';

const OPTIONS = {
  controller: 'embedded',
  tokenFile: undefined,
  envKeep: [],
  lockFolder: undefined,
  snapshotTag: 'jupyter',
  hub: undefined,
  fork: false,
  signal: new AbortController().signal,
};

let folder: string;
let controller: EmbeddedController;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-test-'));
  controller = await startEmbeddedController({ dataDir: folder });
});

afterAll(async () => {
  await controller.stop();
  await rm(folder, { recursive: true });
});

function statuses({ rows }: Readiness, ...names: readonly string[]): readonly unknown[] {
  return names.map((name) => rows.find((row) => row.name === name)?.status);
}

async function look(changes: Partial<DoctorOptions>): Promise<Readiness> {
  return examine({ ...OPTIONS, ...changes }, () => undefined);
}

describe('the doctor', () => {
  it('finds everything ready for the embedded controller, both ways of the network included', async () => {
    await ensurePythonEnvironment();

    const { stdout, exitCode } = await runCli(['doctor', '--json']);

    const readiness = readinessSchema.strict().parse(JSON.parse(stdout));
    expect(readiness.rows.filter(({ status, required }) => required && status !== 'ready')).toEqual([]);
    expect(statuses(readiness, 'sandbox', 'hub → guest', 'guest → hub')).toEqual(
      Array<string>(3).fill('ready'),
    );
    expect(readiness.rows.find(({ name }) => name === 'version')?.found).toContain('no isolation');
    expect(exitCode).toBe(0);
  });

  describe('with a warm controller', () => {
    let warmed: EmbeddedController;
    beforeAll(async () => {
      warmed = await startWarmed({
        netns: CAN_MAKE_NAMESPACES ? 1 : 0,
        dataDir: join(folder, 'warmed'),
      });
    });
    afterAll(async () => {
      await warmed.stop();
    });

    it.skipIf(!CAN_MAKE_NAMESPACES)(
      'reaches a guest in a network namespace, and lets it reach a hub, through a forwarder',
      async () => {
        const { url, tokenFile } = warmed;

        const readiness = await look({ controller: url, tokenFile, fork: true });

        expect(
          statuses(readiness, 'namespaces', 'microVMs', 'sandbox', 'hub → guest', 'guest → hub'),
        ).toEqual([...Array<string>(2).fill('not checked'), ...Array<string>(3).fill('ready')]);
        expect(readiness.rows.find(({ name }) => name === 'hub → guest')?.found).toContain(
          'through a forwarder',
        );
      },
    );

    it('asks nothing that microVMs need of a controller at a URL that forks processes', async () => {
      const args = ['--controller', warmed.url, '--token-file', warmed.tokenFile, '--fork', '--json'];
      const { stdout, exitCode } = await runCli(['doctor', ...args]);

      const readiness = readinessSchema.parse(JSON.parse(stdout));
      expect(readiness.rows.filter(({ status, required }) => required && status === 'not ready')).toEqual([]);
      const ofForkd = readiness.rows.filter(({ area }) => area === 'forkd host');
      expect(new Set(ofForkd.map(({ status }) => status))).toEqual(new Set(['not checked']));
      expect(readiness.rows.find(({ name }) => name === 'memory limit')?.found).not.toContain('microVM');
      expect(exitCode).toBe(0);
    });
  });

  it('names set-up where there is no environment, makes none, and ends with 3', async () => {
    const cache = join(folder, 'no-cache');

    const { stdout, exitCode } = await runCli(['doctor'], undefined, { FORKD_SPAWNER_CACHE_DIR: cache });

    expect(stdout).toMatch(/✘ environment .*not ready: .*\n +→ forkd-spawner setup/);
    expect(stdout).toMatch(/– snapshot .*not checked: 'environment' comes first/);
    expect(exitCode).toBe(3);
    expect(await readdir(folder)).not.toContain('no-cache');
  });

  it('names an interpreter that cannot be run', async () => {
    const { stdout, exitCode } = await runCli(['doctor'], undefined, {
      FORKD_SPAWNER_PYTHON: '/nope/python',
    });

    expect(stdout).toContain("'/nope/python' cannot be run");
    expect(exitCode).toBe(3);
  });

  it('says once that nobody listens, and asks nothing more of that controller', async () => {
    const [port = 0] = await freePorts(1);

    const readiness = await look({ controller: `http://127.0.0.1:${port}` });

    expect(statuses(readiness, 'address', 'token', 'snapshot', 'sandbox')).toEqual([
      'not ready',
      ...Array<string>(3).fill('not checked'),
    ]);
    expect(readiness.ready).toBe(false);
  });

  it('tells a refused token from a controller that is not there', async () => {
    const tokenFile = join(folder, 'wrong-token');
    await writeFile(tokenFile, 'wrong\n', { mode: 0o600 });

    const readiness = await look({ controller: controller.url, tokenFile });

    expect(statuses(readiness, 'address', 'token', 'token file')).toEqual(['ready', 'not ready', 'ready']);
    expect(readiness.rows.find(({ name }) => name === 'token')?.mend).toContain('--token-file');
  });

  it.each([
    ['everybody', 0o644, { status: 'not ready', required: false, mend: expect.stringMatching(/^chmod o= /) }],
    ['its group, as a hub does', 0o640, { status: 'ready' }],
  ])('says of a token file that %s can read what that means', async (_, mode, expected) => {
    const tokenFile = join(folder, `token-${mode}`);
    await writeFile(tokenFile, controller.token);
    await chmod(tokenFile, mode);

    const { rows } = await look({ controller: controller.url, tokenFile });

    expect(rows.find(({ name }) => name === 'token file')).toMatchObject(expected);
  });

  it('names a snapshot that is not there, and forks nothing unasked on a controller of yours', async () => {
    const { url, tokenFile, token } = controller;

    const readiness = await look({ controller: url, tokenFile, snapshotTag: 'nope' });

    expect(readiness.rows.find(({ name }) => name === 'snapshot')).toMatchObject({
      status: 'not ready',
      found: "'nope' is not there",
    });
    expect(statuses(readiness, 'sandbox')).toEqual(['not checked']);
    const client = new ControllerClient({ url, token });
    expect(await client.listSandboxes()).toEqual([]);
    await client.close();
  });

  it.each([
    [['--controller', 'nonsense'], '--controller must be'],
    [['--hub', 'nonsense'], '--hub must be an http(s) URL'],
  ])('refuses %j', async (flags, message) => {
    const { exitCode, stderr } = await runCli(['doctor', ...flags]);

    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('a check', () => {
  const areas: readonly Area[] = [
    {
      name: 'one',
      checks: [
        { name: 'first', look: () => Promise.reject(new EnvironmentError('broken', { hint: 'mend it' })) },
        { name: 'second', needs: ['first'], look: () => ready('never asked') },
        { name: 'third', required: false, look: () => ready('fine') },
      ],
    },
  ];
  const inspection = new Inspection(OPTIONS, new Cleanup());

  it('that fails as expected is not ready, with what mends it; what needs it is not made', async () => {
    expect(await makeChecks(areas, inspection, () => undefined)).toEqual([
      ...[
        { area: 'one', name: 'first', required: true, status: 'not ready', found: 'broken', mend: 'mend it' },
      ],
      ...[
        { area: 'one', name: 'second', required: true, status: 'not checked', found: "'first' comes first" },
      ],
      ...[{ area: 'one', name: 'third', required: false, status: 'ready', found: 'fine' }],
    ]);
  });

  it('that fails otherwise is a bug', async () => {
    const broken = [{ name: 'one', checks: [{ name: 'x', look: () => Promise.reject(new TypeError('x')) }] }];

    await expect(makeChecks(broken, inspection, () => undefined)).rejects.toThrow(TypeError);
  });
});

describe('a microVM that is not listed', () => {
  const machine = { pid: 4711, namespace: 'forkd-child-3', startTicks: 1, parent: 1 };
  const options = { controller: 'http://127.0.0.1:8889', tokenFile: '/etc/forkd/token' };

  it('is a stray, with the command that ends it', () => {
    expect(tellOfStrays({ running: 2, unlisted: [machine] }, options)).toEqual({
      status: 'not ready',
      found: "microVMs that the controller doesn't list hold their namespaces: 4711 in forkd-child-3",
      mend: 'sudo forkd-spawner clean --controller http://127.0.0.1:8889 --token-file /etc/forkd/token',
    });
  });

  it('and that somebody needs is only told', () => {
    const unlisted = [{ ...machine, inUse: 'process 1 (forkd) runs it' }];

    expect(tellOfStrays({ running: 2, unlisted }, options)).toEqual({
      status: 'ready',
      found: '2 run; not listed: 4711 in forkd-child-3 (process 1 (forkd) runs it)',
    });
  });
});

describe('cgroup v2', () => {
  it.each([
    ['cpuset cpu io memory pids', 'cpu io memory pids', 'ready'],
    ['cpuset cpu io memory pids', 'memory pids', 'not ready'],
    ['', '', 'not ready'],
  ])('with %j, of which %j are handed down, is %s', (controllers, handedDown, status) => {
    expect(judgeCgroups(controllers, handedDown).status).toBe(status);
  });

  it('names what forkd misses', () => {
    expect(judgeCgroups('cpu io memory pids', 'memory pids')).toMatchObject({
      found: expect.stringContaining('not handed down: cpu, io;'),
      mend: expect.stringContaining("echo '+cpu +io'"),
    });
  });
});

describe('a limit', () => {
  const table = `Limit                     Soft Limit           Hard Limit           Units
Max processes             unlimited            unlimited            processes
Max open files            1024                 524288               files     `;

  it.each([
    ['Max open files', 1024],
    ['Max processes', Infinity],
    ['Max nothing', undefined],
  ])('of %s is %s', (name, limit) => {
    expect(parseSoftLimit(table, name)).toBe(limit);
  });
});
