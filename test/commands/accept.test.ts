import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { RunRecord } from '../../src/record/run-record.ts';
import { acceptanceRecord, examinedUser } from '../helpers/acceptance-record.ts';
import { type CliResult, runCli } from '../helpers/run-cli.ts';
import { completedUser, roundRecord, runRecord } from '../helpers/run-records.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accept-test-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const ROUNDS = [roundRecord(1, [completedUser('a', 100), completedUser('b', 100, { expected: '6' })])];

async function judgeText(text: string, args: readonly string[] = [], env = {}): Promise<CliResult> {
  const path = join(folder, 'record.json');
  await writeFile(path, text);
  return runCli(['accept', '--from', path, ...args], undefined, env);
}

async function judgeAgain(record: RunRecord, args: readonly string[] = [], env = {}): Promise<CliResult> {
  return judgeText(JSON.stringify(record), args, env);
}

describe('accept --from', () => {
  it('passes what is proved, whatever verdict the record was stored with', async () => {
    const record = runRecord({ rounds: ROUNDS, acceptance: acceptanceRecord(), verdict: 'failed' });

    const { stdout, exitCode } = await judgeAgain(record);

    expect(stdout).toContain('verdict: passed');
    expect(exitCode).toBe(0);
  });

  it('says in one sentence that the job summary cannot be written, and writes the rest', async () => {
    const record = runRecord({ rounds: ROUNDS, acceptance: acceptanceRecord() });
    const junit = join(folder, 'junit-of-full-disk.xml');
    const env = { GITHUB_STEP_SUMMARY: '/dev/full' };

    const { stdout, stderr, exitCode } = await judgeAgain(record, ['--junit', junit], env);

    expect(stdout).toContain('verdict: passed');
    expect(stderr).toMatch(
      /^Error: GITHUB_STEP_SUMMARY \/dev\/full cannot be written to: the disk is full.*\n.*\n$/,
    );
    expect(exitCode).toBe(3);
    expect(await readFile(junit, 'utf8')).toContain('clones are unique');
  });

  it('ends with 1, with files and annotations that say why, when two users are no different', async () => {
    const users = [
      examinedUser('a', { marks: { random: 'x' } }),
      examinedUser('b', { marks: { random: 'x' } }),
    ];
    const record = runRecord({ rounds: ROUNDS, acceptance: acceptanceRecord({ users }) });
    const [junit, summary] = [join(folder, 'junit.xml'), join(folder, 'summary.md')];
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };

    const { stdout, stderr, exitCode } = await judgeAgain(record, ['--junit', junit, '--json'], env);

    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'failed' });
    expect(stderr).toBe('::error title=clones are unique::clones are unique: users share: random\n');
    expect(await readFile(junit, 'utf8')).toMatch(/<failure [^>]*message="users share: random"/);
    expect(await readFile(summary, 'utf8')).toMatch(
      /^\| ❌ *\| clones are unique *\| users share: random *\|$/m,
    );
  });

  it('ends with 4 for a run of bench: nothing more was examined', async () => {
    const { stdout, exitCode } = await judgeAgain(runRecord({ rounds: ROUNDS }), [], { GITHUB_ACTIONS: '' });

    expect(stdout).toContain('? clones are unique: 0 of 0 users compared');
    expect(exitCode).toBe(4);
  });

  it.each([
    ['is truncated', JSON.stringify(runRecord()).slice(0, 100), 'is truncated: it breaks off'],
    ['is of a newer release', '{"schemaVersion": 99}', 'has schema version 99'],
    ['is something else', '{"schemaVersion": 1, "name": "x"}', 'is not a record of a run'],
  ])('refuses a file that %s', async (_, text, message) => {
    const { stderr, exitCode } = await judgeText(text);

    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});

describe('accept, given something wrong', () => {
  it.each([
    [['--from', 'nowhere.json'], 'cannot read the record nowhere.json'],
    [['--users', '1'], '--users must be at least 2'],
    [['--budget', 'soon'], '--budget must be a duration'],
  ])('refuses %j before anything starts', async (args, message) => {
    const { stderr, exitCode } = await runCli(['accept', ...args]);

    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});
