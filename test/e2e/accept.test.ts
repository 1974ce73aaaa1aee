import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { runRecordSchema } from '../../src/record/run-record.ts';
import { runCli } from '../helpers/run-cli.ts';

// What is tested is that it finds everything proved, not how fast the machine is.
const PATIENT = ['--budget', '60s', '--timeout', '90s', '--rounds', '1', '--users', '2'];

it('accept proves every criterion on a real hub and leaves nothing', { timeout: 300_000 }, async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'accept-e2e-'));
  const [out, junit] = [join(temporary, 'out'), join(temporary, 'junit.xml')];

  const result = await runCli(['accept', ...PATIENT, '--out', out, '--junit', junit, '--json'], undefined, {
    TMPDIR: temporary,
  });

  const record = runRecordSchema.strict().parse(JSON.parse(result.stdout));
  expect(record.criteria.filter(({ status }) => status !== 'met')).toEqual([]);
  expect([record.verdict, result.exitCode]).toEqual(['passed', 0]);
  expect(record.acceptance?.installation).toMatchObject({
    spawner: 'forkd_jupyter_spawner.spawner.ForkdSpawner',
  });
  expect(Object.keys(record.acceptance?.users?.[0]?.marks ?? {})).toEqual(
    expect.arrayContaining(['random', 'numpy', 'uuid4', 'cookie secret', 'kernel key']),
  );
  const [file = ''] = await readdir(out);
  expect(JSON.parse(await readFile(join(out, file), 'utf8'))).toEqual(record);
  expect(await readFile(junit, 'utf8')).toContain('failures="0" errors="0"');
  // Node.js keeps its cache of compiled modules there, which is no trace of a run.
  expect((await readdir(temporary)).filter((name) => name !== 'node-compile-cache').toSorted()).toEqual([
    'junit.xml',
    'out',
  ]);
  await rm(temporary, { recursive: true });
});
