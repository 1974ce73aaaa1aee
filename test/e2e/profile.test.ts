import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { runCli } from '../helpers/run-cli.ts';

const PATIENT = ['--timeout', '90s'];

const spanSchema = z.object({
  side: z.string(),
  name: z.string(),
  user: z.string().optional(),
  startMs: z.number(),
  durationMs: z.number(),
});
const profileSchema = z.object({
  verdict: z.string(),
  barrierMs: z.number(),
  endMs: z.number(),
  slowest: z.string(),
  spans: z.array(spanSchema),
  hubLag: z.object({ p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() }),
  trace: z.string(),
});
const traceSchema = z.object({
  traceEvents: z.array(
    z.discriminatedUnion('ph', [
      z.object({ ph: z.literal('X'), name: z.string(), ts: z.int().min(0), dur: z.int().min(0) }),
      z.object({ ph: z.literal('M'), name: z.string(), args: z.object({ name: z.string().optional() }) }),
    ]),
  ),
});

let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'profile-e2e-'));
});

afterAll(async () => {
  await rm(out, { recursive: true });
});

describe('profile', { timeout: 300_000 }, () => {
  it('has spans of every side for every user, within the run, and stores them for a viewer', async () => {
    const startedMs = Date.now();
    const { stdout, exitCode } = await runCli([
      'profile',
      '--users',
      '2',
      '--json',
      '--out',
      out,
      ...PATIENT,
    ]);

    expect(exitCode).toBe(0);
    const profile = profileSchema.parse(JSON.parse(stdout));
    expect(profile.verdict).toBe('passed');
    for (const user of ['profile-u1', 'profile-u2']) {
      const own = profile.spans.filter((span) => span.user === user);
      expect(new Set(own.map(({ side }) => side))).toEqual(
        new Set(['client', 'hub', 'spawner', 'controller', 'guest']),
      );
      expect(own.map(({ name }) => name)).toEqual(
        expect.arrayContaining([
          'POST /api/users/:name/server',
          'start.activate',
          'create.fork',
          'cell 1 done',
        ]),
      );
    }
    expect(profile.barrierMs).toBeGreaterThan(startedMs);
    expect(profile.endMs).toBeLessThan(Date.now());
    for (const { startMs } of profile.spans) {
      expect(startMs).toBeGreaterThanOrEqual(profile.barrierMs);
      expect(startMs).toBeLessThanOrEqual(profile.endMs);
    }

    const [file = ''] = await readdir(out);
    expect(file).toMatch(/^[\d-]+T[\d.-]+Z-2u-embedded\.trace\.json$/);
    expect(profile.trace).toBe(join(out, file));
    const { traceEvents } = traceSchema.parse(JSON.parse(await readFile(profile.trace, 'utf8')));
    expect(traceEvents.filter(({ ph }) => ph === 'X')).toHaveLength(profile.spans.length);
  });

  it('shows one start as a waterfall, in a file of the wanted name', async () => {
    const trace = join(out, 'mine.json');

    const { stdout, exitCode } = await runCli(['profile', '--trace', trace, ...PATIENT]);

    expect(exitCode).toBe(0);
    for (const side of ['client', 'hub', 'spawner', 'controller', 'guest']) {
      expect(stdout).toMatch(new RegExp(`^${side} .*█$`, 'm'));
    }
    expect(stdout).toContain(`trace:   ${trace}`);
    expect(await readdir(out)).toContain('mine.json');
  });

  it('ends with 4 when a start does not get to its end in time', async () => {
    const { stdout, exitCode } = await runCli(['profile', '--timeout', '30ms', '--out', out]);

    expect(stdout).toContain('timed-out');
    expect(exitCode).toBe(4);
  });
});

describe('profile, given something wrong', { timeout: 60_000 }, () => {
  it.each([
    [['--users', '0'], '--users must be a whole number from 1 to 1000'],
    [['--timeout', 'soon'], '--timeout must be a duration'],
    [['--controller', 'nonsense'], "--controller must be 'embedded' or an http(s) URL"],
    [['--trace', '/proc'], '--trace /proc is a folder'],
    [['--trace', '/no/such/folder/trace.json'], '--trace /no/such/folder/trace.json cannot be written to'],
    [['--out', '/proc/nowhere'], 'cannot be written to'],
  ])('ends with 2 for %j, before anything starts', async (args, message) => {
    const { stderr, exitCode } = await runCli(['profile', ...args]);

    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});
