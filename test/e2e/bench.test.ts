import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { EmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { findChromium } from '../../src/process/find-chromium.ts';
import { freePorts } from '../../src/process/free-ports.ts';
import { type RunRecord, runRecordSchema } from '../../src/record/run-record.ts';
import { startWarmed } from '../embedded/controller-under-test.ts';
import { CAN_MAKE_NAMESPACES } from '../embedded/namespaces-on-host.ts';
import { fullController } from '../helpers/full-controller.ts';
import { listen } from '../helpers/listen.ts';
import { findMarkedProcesses } from '../helpers/marked-processes.ts';
import { type CliResult, runCli } from '../helpers/run-cli.ts';
import { runRedirected } from '../helpers/run-redirected.ts';
import { appendUntilFull, mountSmallDisk } from '../helpers/small-disk.ts';

// A busy machine must not turn these red: what is tested is that it works, not how fast.
const PATIENT = ['--budget', '60s', '--timeout', '90s'];
const TEST_TIMEOUT_MS = 300_000;

const hasChromium = (await findChromium()) !== undefined;
if (!hasChromium) {
  console.warn('nobody clicks in a browser: there is no chromium (apt-get install chromium)');
}

let out: string;
/** Warm already, for runs of which the warming is not what is tested. */
let warmed: EmbeddedController;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'bench-e2e-'));
  warmed = await startWarmed();
});

afterAll(async () => {
  await warmed.stop();
  await rm(out, { recursive: true });
});

async function bench(...args: string[]): Promise<CliResult> {
  return runCli(['bench', '--out', out, ...PATIENT, ...args]);
}

interface Watched {
  readonly env: NodeJS.ProcessEnv;
  /** What is still there of a run with this environment: folders of its own, processes of any kind. */
  readonly remains: () => Promise<readonly unknown[]>;
}

async function watched(): Promise<Watched> {
  const temporary = await mkdtemp(join(out, 'tmp-'));
  const mark = { BENCH_TEST: temporary, FORKD_SPAWNER_ENV_KEEP: 'BENCH_TEST' };
  return {
    env: { TMPDIR: temporary, ...mark },
    remains: async () => [
      // Node.js keeps its own compiled code there.
      ...(await readdir(temporary)).filter((name) => name !== 'node-compile-cache'),
      ...(await findMarkedProcesses(`BENCH_TEST=${temporary}`)),
    ],
  };
}

function on({ url, tokenFile }: EmbeddedController): readonly string[] {
  return ['--controller', url, '--token-file', tokenFile];
}

function parseRecord({ stdout }: CliResult): RunRecord {
  return runRecordSchema.strict().parse(JSON.parse(stdout));
}

describe('bench', { timeout: TEST_TIMEOUT_MS }, () => {
  it('starts five users at once, each with the right result, and leaves nothing', async () => {
    const { env, remains } = await watched();
    const args = ['bench', '--out', out, ...PATIENT, '--users', '5', '--rounds', '1', '--json'];
    const result = await runCli(args, undefined, env);

    expect(await remains()).toEqual([]);
    expect(result.stderr).not.toMatch(/unhandled|warning: possible/i);
    const record = parseRecord(result);
    expect(record.criteria.filter(({ status }) => status !== 'met')).toEqual([]);
    expect([record.verdict, result.exitCode]).toEqual(['passed', 0]);
    expect(record.rounds[1]?.users.map(({ actual, expected }) => actual === expected)).toEqual(
      Array<boolean>(5).fill(true),
    );
    // Nobody was meant to start later than the barrier, nor were their clocks.
    expect(record.rounds[1]?.users.map(({ intendedStartMs }) => intendedStartMs)).toEqual(
      Array<undefined>(5).fill(undefined),
    );
  });

  it('shows the result when the disk of the records fills while it runs', async ({ skip }) => {
    await using disk = await mountSmallDisk('256k');
    if (disk === undefined) return skip();
    const load = ['--users', '1', '--rounds', '1', ...on(warmed)];
    const args = ['bench', '--out', disk.path, ...PATIENT, ...load, '--json'];
    let isFull = false;

    const result = await runCli(args, (stderr) => {
      if (isFull || !stderr.includes('round 1 of 1')) return;
      isFull = true;
      appendUntilFull(join(disk.path, 'filler'));
    });

    expect(parseRecord(result).verdict).toBe('passed');
    expect(result.stderr).toMatch(/warning: --out .* cannot be written to: the disk is full \(ENOSPC\)\n/);
    expect(result.stderr).toMatch(
      /\nError: --out .* cannot be written to: the disk is full \(ENOSPC\)\n.*\n$/,
    );
    expect(result.exitCode).toBe(3);
  });

  it('ends with 3 and the result as text when standard output takes nothing', async () => {
    const load = ['--users', '1', '--rounds', '1', ...on(warmed)];
    const args = ['bench', '--out', out, ...PATIENT, ...load, '--json'];

    const { stderr, exitCode } = await runRedirected(args, '>/dev/full');

    expect(stderr).toMatch(
      /verdict: passed\nrecord: {2}.*\nError: standard output cannot be written: .*\n.*\n$/,
    );
    expect(exitCode).toBe(3);
  });

  it('measures floor and baseline in turns, and what a ready user needs of memory', async () => {
    const result = await bench(
      ...['--users', '1', '--rounds', '1', '--floor', '--baseline', '--memory', '--json'],
    );

    const record = parseRecord(result);
    expect(record.criteria.filter(({ status }) => status !== 'met')).toEqual([]);
    const { floor, baseline } = record.comparisons ?? {};
    expect([floor, baseline].map((one) => one?.rounds.map(({ warmup }) => warmup))).toEqual([
      [true, false],
      [true, false],
    ]);
    expect(floor?.oursPerTheirs.slowestCell1).toBeGreaterThan(0);
    expect(floor?.rounds.flatMap(({ leftovers }) => leftovers)).toEqual([]);
    expect(baseline?.oursPerTheirs.slowestCell1).toBeLessThan(1);
    expect(record.memory?.perUser.ussMib).toBeGreaterThan(1);
    expect(record.memory?.perUser.pssMib).toBeLessThan(record.memory?.perUser.rssMib ?? 0);
    expect(record.rounds[1]?.hubLag?.maxMs).toBeGreaterThan(0);
  });

  it.skipIf(!hasChromium)('has a person in a browser start a server and see a result', async () => {
    const result = await bench('--users', '1', '--rounds', '3', '--browser', ...on(warmed), '--json');

    const { browser, criteria, plan } = parseRecord(result);
    expect(browser?.starts.map(({ error, kernels }) => [error, kernels])).toEqual(
      Array.from({ length: 3 }, () => [undefined, 1]),
    );
    const [start] = browser?.starts ?? [];
    expect([start?.actual, start?.expected]).toEqual(['45', '45']);
    const { serverShownMs = 0, labShownMs = 0, notebookShownMs = 0, cellShownMs = 0 } = start ?? {};
    const moments = [0, serverShownMs, labShownMs, notebookShownMs, cellShownMs];
    expect(moments).toEqual([...new Set(moments)].toSorted((a, b) => a - b));
    expect(plan.browserStarts).toBe(3);
    expect(criteria.filter(({ status }) => status !== 'met')).toEqual([]);
  });

  it.skipIf(!hasChromium)(
    'keeps the rounds when it is interrupted while somebody is in the browser',
    async () => {
      const before = new Set(await readdir(out));
      let interrupted = false;
      const { env, remains } = await watched();
      const args = ['bench', '--out', out, ...PATIENT, '--users', '1', '--rounds', '1', '--browser'];
      const interrupt = (stderr: string, kill: (signal: NodeJS.Signals) => void): void => {
        if (interrupted || !stderr.includes('in Chromium, person 1 of 1')) return;
        interrupted = true;
        kill('SIGINT');
      };
      const result = await runCli(args, interrupt, env);

      const [file = ''] = (await readdir(out)).filter((name) => !before.has(name) && name.endsWith('.json'));
      const record = runRecordSchema.parse(JSON.parse(await readFile(join(out, file), 'utf8')));
      expect([record.verdict, result.exitCode]).toEqual(['incomplete', 130]);
      expect(record.rounds.map(({ users }) => users.map(({ outcome }) => outcome))).toEqual([
        ['completed'],
        ['completed'],
      ]);
      expect(await remains()).toEqual([]);
    },
  );

  it('finds no browser before anything is started', async () => {
    const result = await runCli(['bench', '--out', out, '--browser'], undefined, { PATH: out });

    expect(result.stderr).toContain('--browser finds no chromium');
    expect(result.stderr).not.toContain('starting');
    expect(result.exitCode).toBe(3);
  });

  it('sweeps over numbers of users on one hub, and stores the records that it prints', async () => {
    const before = new Set(await readdir(out));
    const { stdout, exitCode } = await bench('--users', '1,2', '--rounds', '1', '--json');

    const records = stdout
      .trim()
      .split('\n')
      .map((line) => runRecordSchema.strict().parse(JSON.parse(line)));
    expect(records.map(({ plan, verdict }) => [plan.users, verdict])).toEqual([
      [1, 'passed'],
      [2, 'passed'],
    ]);
    expect(exitCode).toBe(0);
    const files = (await readdir(out)).filter((name) => !before.has(name)).toSorted();
    expect(files).toEqual([
      expect.stringMatching(/^[\d-]+T[\d.-]+Z-1u-embedded\.json$/),
      expect.stringMatching(/^[\d-]+T[\d.-]+Z-2u-embedded\.json$/),
    ]);
    const stored = await Promise.all(files.map(async (file) => readFile(join(out, file), 'utf8')));
    expect(stored.map((text): unknown => JSON.parse(text))).toEqual(records);
  });

  it("runs the same scenario on JupyterHub's own process spawner", async () => {
    const record = parseRecord(await bench('--spawner', 'simple', '--users', '1', '--rounds', '1', '--json'));

    expect(record.verdict).toBe('passed');
    expect(record.rounds[1]?.users[0]?.zmqProbe.status).toBe('skipped');
  });

  it('runs it on any spawner, with a configuration of its own and users by name', async () => {
    await writeFile(
      join(out, 'my_spawners.py'),
      'from jupyterhub.spawner import SimpleLocalProcessSpawner\n\nclass Mine(SimpleLocalProcessSpawner):\n    pass\n',
    );
    const config = join(out, 'my_config.py');
    const lines = [
      `c.Mine.home_dir_template = ${JSON.stringify(join(out, 'homes', '{username}'))}`,
      "c.Spawner.args = ['--allow-root']",
    ];
    await writeFile(config, `${lines.join('\n')}\n`);

    const spawner = ['--spawner', 'my_spawners:Mine', '--hub-config', config, '--user-template', 'mine-{n}'];
    const record = parseRecord(await bench(...spawner, '--users', '1', '--rounds', '1', '--json'));

    expect(record.verdict).toBe('passed');
    expect(record.plan).toMatchObject({ spawner: 'my_spawners:Mine', hubConfig: 'my_config.py' });
    expect(record.backend).toMatchObject({ kind: 'custom', isolation: 'spawner my_spawners:Mine' });
    expect(record.rounds.map(({ users }) => users[0]?.user)).toEqual(['mine-1', 'mine-1']);
    expect(record.criteria.filter(({ status }) => status === 'skipped').map(({ name }) => name)).toEqual([
      "every kernel's own ports answer",
      'nothing is left',
    ]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    "runs it on JupyterHub's spawner for users of the system, who are named",
    async () => {
      const names = join(out, 'names');
      await writeFile(names, 'root\n');
      const config = join(out, 'local_config.py');
      const environment = {
        JUPYTER_CONFIG_DIR: join(out, 'config'),
        JUPYTER_DATA_DIR: join(out, 'data'),
        JUPYTER_RUNTIME_DIR: join(out, 'runtime'),
        IPYTHONDIR: join(out, 'ipython'),
      };
      const lines = [
        "c.Spawner.args = ['--allow-root']",
        `c.Spawner.environment = ${JSON.stringify(environment)}`,
      ];
      await writeFile(config, `${lines.join('\n')}\n`);

      const spawner = ['--spawner', 'local', '--hub-config', config, '--users-file', names];
      const record = parseRecord(await bench(...spawner, '--users', '1', '--rounds', '1', '--json'));

      expect(record.verdict).toBe('passed');
      expect(record.rounds.flatMap(({ users }) => users.map(({ user }) => user))).toEqual(['root', 'root']);
    },
  );

  it('fails with the exception of an expression that raises', async () => {
    const expressions = join(out, 'raising.json');
    await writeFile(expressions, '{"expressions":[{"expression":"1 / 0","expected":"0"}]}');

    const result = await bench('--users', '1', '--rounds', '1', '--expressions', expressions, ...on(warmed));

    expect(result.stdout).toContain('ZeroDivisionError: division by zero');
    expect(result.stdout).toContain('verdict: failed');
    expect(result.exitCode).toBe(1);
  });

  it('refuses an unknown snapshot tag as an environment that is not ready', async () => {
    const result = await bench('--users', '1', '--snapshot', 'no-such-snapshot');

    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('no-such-snapshot');
  });

  it('refuses a controller that nobody listens on', async () => {
    const tokenFile = join(out, 'token');
    await writeFile(tokenFile, 'a-token\n', { mode: 0o600 });
    const [port = 0] = await freePorts(1);
    const controller = `http://127.0.0.1:${port}`;

    const result = await bench('--users', '1', '--controller', controller, '--token-file', tokenFile);

    expect(result.exitCode).toBe(3);
  });

  it.skipIf(!CAN_MAKE_NAMESPACES)(
    "brings a forwarder of its own for a controller whose sandboxes are in forkd's namespaces",
    async () => {
      const controller = await startWarmed({ netns: 2, dataDir: join(out, 'namespaced') });
      try {
        const record = parseRecord(await bench('--users', '2', '--rounds', '1', ...on(controller), '--json'));

        expect(record.criteria.filter(({ status }) => status !== 'met')).toEqual([]);
        expect(record.backend.isolation).toContain('no isolation');
      } finally {
        await controller.stop();
      }
    },
  );

  it('shows and records why no server could be started, in the words that the user would read', async () => {
    const tokenFile = join(out, 'token');
    await writeFile(tokenFile, 'a-token\n', { mode: 0o600 });
    const server = fullController();
    const controller = `http://127.0.0.1:${await listen(server)}`;
    const flags = ['--users', '1', '--rounds', '1', '--controller', controller, '--token-file', tokenFile];

    const result = await bench(...flags, '--json');
    server.close();

    const { verdict, rounds } = parseRecord(result);
    const error = rounds[0]?.users[0]?.error;
    expect([verdict, result.exitCode]).toEqual(['incomplete', 4]);
    expect(error?.message).toContain('the forkd controller has no place left for another server');
    expect(error?.message).toContain('netns pool exhausted');
  });

  it('ends at once, with 130, an incomplete record and nothing left, when it is interrupted in a round', async () => {
    const { env, remains } = await watched();
    const records = await mkdtemp(join(out, 'records-'));
    // A cell that doesn't end: who waited for it would wait for an hour, and so would this test.
    const [expressions, begun] = [join(out, 'endless.json'), join(out, 'cell-begun')];
    const endless = `[open(${JSON.stringify(begun)}, 'w').close(), __import__('time').sleep(86400)]`;
    await writeFile(expressions, JSON.stringify({ expressions: [{ expression: endless, expected: '' }] }));
    const args = [
      'bench',
      '--out',
      records,
      '--users',
      '1',
      '--timeout',
      '60m',
      '--expressions',
      expressions,
    ];
    let awaited: Promise<void> | undefined;
    const interrupt = (stderr: string, kill: (signal: NodeJS.Signals) => void): void => {
      if (awaited !== undefined || !stderr.includes('warm-up round')) return;
      awaited = vi
        .waitFor(() => access(begun), { timeout: 120_000 })
        .finally(() => {
          kill('SIGINT');
        });
    };

    const result = await runCli(args, interrupt, env);

    await expect(awaited).resolves.toBeUndefined();
    expect(await remains()).toEqual([]);
    const [file = ''] = await readdir(records);
    const record = runRecordSchema.parse(JSON.parse(await readFile(join(records, file), 'utf8')));
    expect([record.verdict, record.interrupted, result.exitCode]).toEqual(['incomplete', true, 130]);
    expect(record.rounds.map(({ users }) => users.map(({ outcome }) => outcome))).toEqual([['aborted']]);
  });
});

describe('bench, given something wrong', { timeout: 60_000 }, () => {
  it.each([
    [['--users', '0'], '--users must be a whole number from 1 to 1000'],
    [['--users=-1'], '--users must be'],
    [['--users', 'abc'], '--users must be'],
    [['--users', '5000'], '--users must be'],
    [['--users', '5,1'], '--users 5,1 must be in ascending order'],
    [['--floor', '--spawner', 'simple'], '--floor cannot be measured with --spawner simple'],
    [['--expressions', 'nowhere.json'], 'nowhere.json'],
    [['--browser', '--spawner', 'local'], '--browser cannot be used with --spawner local'],
    [['--browser', '--hub', 'http://127.0.0.1:1'], '--browser cannot be used with --hub'],
    [['--spawner', 'mine'], '--spawner must be forkd, simple, local or a class'],
    [['--hub-config', 'nowhere.py'], 'cannot read the file of --hub-config nowhere.py'],
    [['--hub', 'http://127.0.0.1:1', '--floor'], '--floor cannot be used with --hub'],
    [['--out', '/proc/nowhere'], 'cannot be written to'],
  ])('ends with 2 for %j, before anything starts', async (args, message) => {
    const result = await runCli(['bench', ...args]);

    expect(result.exitCode).toBe(2);
    expect(result.stderr.replaceAll(/\s+/g, ' ')).toContain(message);
  });
});
