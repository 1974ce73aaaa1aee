import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { RecordFile } from '../../src/record/record-store.ts';
import { readRecord } from '../../src/record/read-record.ts';
import type { RoundRecord } from '../../src/record/run-record.ts';
import { delayed } from '../../scripts/resampled-runs.ts';
import { runCli } from '../helpers/run-cli.ts';

const FIRST = 'fixtures/records/5u-embedded.json';
let folder: string;
let slower: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compare-'));
  const record = await readRecord(FIRST);
  const rounds: RoundRecord[] = delayed(record.rounds, 'serverReady', 150);
  slower = await new RecordFile(folder).store({ ...record, rounds });
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('compare', () => {
  it('ends with 1 and names the stage when the second run is slower', async () => {
    const { stdout, exitCode } = await runCli(['compare', FIRST, slower]);

    expect(stdout).toMatch(/verdict: slower\n {2}server ready is slower: \+150 ms, \+\d+ %/);
    expect(stdout).not.toContain('requested is slower');
    expect(exitCode).toBe(1);
  });

  it('ends with 0 when it is faster, and prints nothing but JSON where it is asked for', async () => {
    const { stdout, exitCode } = await runCli(['compare', slower, FIRST, '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'faster',
      rounds: { first: 10, second: 10 },
      warnings: [],
    });
    expect(exitCode).toBe(0);
  });

  it('heeds the margins', async () => {
    const { stdout, exitCode } = await runCli(['compare', FIRST, slower, '--margin', '1s']);

    expect(stdout).toContain('verdict: same');
    expect(exitCode).toBe(0);
  });

  it('refuses runs of other users, with the reason', async () => {
    const other = 'fixtures/records/1u-embedded.json';
    const { stderr, exitCode } = await runCli(['compare', FIRST, other]);

    expect(stderr).toContain('the two runs cannot be compared: users: 5 and 1');
    expect(exitCode).toBe(2);
  });
});
