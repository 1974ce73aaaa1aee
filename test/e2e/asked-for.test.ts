import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { runRecordSchema } from '../../src/record/run-record.ts';
import { runCli } from '../helpers/run-cli.ts';

/* What a run is asked for besides its rounds, and doesn't get: on a real hub, with a real kernel. */

// A busy machine must not turn these red: what is tested is that it works, not how fast.
const ONE = ['--users', '1', '--rounds', '1', '--budget', '60s', '--timeout', '90s', '--json'];
const TEST_TIMEOUT_MS = 300_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asked-for-test-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

it(
  'ends incomplete, with 4, when the hub refuses the users whose memory was to be read',
  async () => {
    const config = join(folder, 'config.py');
    const hook = [
      'def refuse(spawner):',
      "    if 'memory' in spawner.user.name:",
      "        raise RuntimeError('no memory users here')",
      'c.Spawner.pre_spawn_hook = refuse',
    ];
    await writeFile(config, `${hook.join('\n')}\n`);

    const args = ['bench', '--out', folder, ...ONE, '--memory', '--hub-config', config];
    const { stdout, exitCode } = await runCli(args);

    const { criteria, memory, notRun } = runRecordSchema.parse(JSON.parse(stdout));
    expect([memory, exitCode]).toEqual([undefined, 4]);
    expect(notRun?.memory).toContain('bench-memory-u1 did not get a kernel that is ready');
    expect(criteria.filter(({ status }) => status !== 'met')).toEqual([
      { name: 'memory was read', status: 'unknown', detail: `not read: ${notRun?.memory ?? ''}` },
    ]);
  },
  TEST_TIMEOUT_MS,
);

it(
  'fails, with 1, when a kernel that was restarted shows something else',
  async () => {
    // The first run of the cell leaves a mark in the user's folder, which the second one finds.
    const once = "__import__('os').system('test -e ran && exit 1; touch ran') == 0";
    const expressions = join(folder, 'once.json');
    await writeFile(expressions, JSON.stringify({ expressions: [{ expression: once, expected: 'True' }] }));

    const args = ['bench', '--out', folder, ...ONE, '--restart', '--expressions', expressions];
    const { stdout, exitCode } = await runCli(args);

    const { criteria, rounds } = runRecordSchema.parse(JSON.parse(stdout));
    expect(rounds[1]?.users[0]?.restartError).toBe('the cell showed False instead of True');
    expect(criteria.filter(({ status }) => status !== 'met')).toEqual([
      { name: 'every kernel was restarted', status: 'missed', detail: '0 of 1 users (not bench-r1-u1)' },
    ]);
    expect(exitCode).toBe(1);
  },
  TEST_TIMEOUT_MS,
);
