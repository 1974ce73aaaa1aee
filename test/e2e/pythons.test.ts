import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { newerPythons } from '../helpers/other-pythons.ts';
import { runCli } from '../helpers/run-cli.ts';

/*
 * A parent looks into Python's own memory before it is forked, and Python's releases differ there. All
 * other tests run on the python3 of this machine.
 */

const pythons = await newerPythons();

const profileSchema = z.object({
  verdict: z.string(),
  spans: z.array(z.object({ name: z.string() })),
});

let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'pythons-e2e-'));
});

afterAll(async () => {
  await rm(out, { recursive: true });
});

describe.skipIf(pythons.length === 0)("a newer Python than the machine's own", { timeout: 600_000 }, () => {
  it.each(pythons)('%s: a server is prepared before there is a user', async (_version, python) => {
    const { stdout, stderr, exitCode } = await runCli(
      ['profile', '--json', '--out', out, '--timeout', '90s'],
      undefined,
      { FORKD_SPAWNER_PYTHON: python },
    );

    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const profile = profileSchema.parse(JSON.parse(stdout));
    expect(profile.verdict).toBe('passed');
    expect(profile.spans.map(({ name }) => name)).toContain('server.bind');
  });
});
