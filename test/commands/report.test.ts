import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { runCli } from '../helpers/run-cli.ts';
import { mountSmallDisk } from '../helpers/small-disk.ts';

const ONE = fileURLToPath(
  new URL('../../bench-results/2026-11-25T06-28-12Z-1u-embedded.json', import.meta.url),
);
const FAILED = fileURLToPath(
  new URL('../../bench-results/2026-11-25T06-33-44Z-20u-embedded.json', import.meta.url),
);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-test-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('the report command', () => {
  it('prints the text of bench, and how several runs scale', async () => {
    const { stdout, exitCode } = await runCli(['report', ONE, FAILED]);

    expect(stdout).toContain('verdict: passed');
    expect(stdout).toContain('verdict: failed');
    expect(stdout).toContain('per user ÷ at 1');
    // The report could be made; that a run failed is what it says.
    expect(exitCode).toBe(0);
  });

  it('writes several formats at once, one of them to standard output', async () => {
    const html = join(folder, 'report.html');
    const csv = join(folder, 'users.csv');
    const result = await runCli(['report', ONE, '--html', html, '--csv', csv, '--ndjson', '-']);

    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    // 11 rounds of ours, the floor and the baseline; the latter two create no sandbox.
    expect(await readFile(html, 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    expect(await readFile(csv, 'utf8')).toMatch(/^run,measured,/);
    expect(
      result.stdout
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toHaveLength(11 * (8 + 7 + 7));
    expect(await readFile(html, 'utf8')).not.toContain(ONE);
  });

  it.each([
    [['nowhere.json'], /cannot read the record nowhere\.json/],
    [[ONE, '--csv', '-', '--otlp', '-'], /--csv and --otlp cannot both be written to standard output/],
    [[ONE, '--html', '/dev/null/report.html'], /--html \/dev\/null\/report\.html cannot be written/],
    [[], /record/],
  ])('refuses %j as wrong usage', async (args, message) => {
    const { stdout, stderr, exitCode } = await runCli(['report', ...args]);

    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('writes what it can, and leaves no half of a file on a full disk', async ({ skip }) => {
    await using disk = await mountSmallDisk('16k');
    if (disk === undefined) return skip();
    const [html, csv] = [join(disk.path, 'report.html'), join(folder, 'users.csv')];

    const { stderr, exitCode } = await runCli(['report', ONE, '--html', html, '--csv', csv]);

    expect(stderr).toMatch(
      /^Error: --html .*report\.html cannot be written to: the disk is full \(ENOSPC\)\n {2}.*\n$/,
    );
    expect(exitCode).toBe(3);
    expect(await readFile(csv, 'utf8')).toMatch(/^run,measured,/);
    expect(await readdir(disk.path)).toEqual([]);
  });
});
