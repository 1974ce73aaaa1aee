import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type RunRecord, runRecordSchema } from '../../src/record/run-record.ts';
import { type PlainHub, startPlainHub } from '../helpers/plain-hub.ts';
import { testPython } from '../helpers/python-environment.ts';
import { runCli } from '../helpers/run-cli.ts';

const RESOLVER = fileURLToPath(new URL('../helpers/programs/resolve-localhost.mjs', import.meta.url));
const ENV = { NODE_OPTIONS: `--import ${pathToFileURL(RESOLVER).href}` };

let folder: string;
let hub: PlainHub | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-addresses-e2e-'));
});

afterEach(async () => {
  await hub?.stop();
  hub = undefined;
  await rm(folder, { recursive: true });
});

async function bench(url: string, tokenFile: string, users: string, ...args: string[]): Promise<RunRecord> {
  const load = ['--users', users, '--rounds', '1', '--budget', '90s', '--timeout', '90s'];
  const target = ['--hub', url, '--token-file', tokenFile, '--out', join(folder, 'out'), '--json'];
  const { stdout, stderr } = await runCli(['bench', ...target, ...load, ...args], undefined, ENV);
  expect(stderr).not.toContain('left on');
  return runRecordSchema.strict().parse(JSON.parse(stdout));
}

function endsOf({ rounds }: RunRecord): unknown[] {
  return rounds.flatMap(({ users }) =>
    users.map(({ user, actual, expected, error }) => [user, error?.message, actual === expected]),
  );
}

const twice = <T>(values: readonly T[]): T[] => [...values, ...values];

describe('bench --hub', { timeout: 600_000 }, () => {
  it('goes to each user’s own host, and by the names that the hub has', async () => {
    const subdomains = (port: number): string[] => [
      `c.JupyterHub.subdomain_host = 'http://hub.localhost:${port}'`,
    ];
    hub = await startPlainHub(await testPython(), folder, subdomains);

    const url = `http://hub.localhost:${hub.port}`;
    const file = join(folder, 'users.txt');
    await writeFile(file, 'Lab-1\nzoe');
    const record = await bench(url, hub.tokenFile, '2', '--users-file', file);

    expect(endsOf(record)).toEqual(
      twice([
        ['Lab-1', undefined, true],
        ['zoe', undefined, true],
      ]),
    );
    expect(record.verdict).toBe('passed');
  });

  it('finds users of any name below a base URL', async () => {
    const names = ['ada@example.com', 'Ada L', 'żółw', 'x%41'];
    const file = join(folder, 'users.txt');
    await writeFile(file, names.join('\n'));
    hub = await startPlainHub(await testPython(), folder, () => [], '/at/jupyter');

    const record = await bench(hub.url, hub.tokenFile, '4', '--users-file', file);

    expect(endsOf(record)).toEqual(twice(names.map((name) => [name, undefined, true])));
    expect(record.verdict).toBe('passed');
  });
});
