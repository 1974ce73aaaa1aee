import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { HubClient } from '../../src/hub/client/hub-client.ts';
import { defaultServer } from '../../src/hub/client/server-name.ts';
import { type RunRecord, runRecordSchema } from '../../src/record/run-record.ts';
import { runCli } from '../helpers/run-cli.ts';
import { startHub } from '../helpers/start-hub.ts';

const PATIENT = ['--budget', '60s', '--timeout', '90s', '--rounds', '1'];
const lineSchema = z.object({ url: z.url(), apiToken: z.string() });

let folder: string;
let child: ChildProcess;
let url: string;
let admin: HubClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remote-hub-e2e-'));
  const config = join(folder, 'named_servers.py');
  await writeFile(config, 'c.JupyterHub.allow_named_servers = True\n');
  const started = await startHub(folder, ['--json', '--hub-config', config]);
  child = started.child;
  const hub = lineSchema.parse(JSON.parse(started.line));
  url = hub.url;
  admin = new HubClient({ url, token: hub.apiToken });
  await writeFile(join(folder, 'token'), hub.apiToken);
});

afterAll(async () => {
  await admin.close();
  child.kill('SIGTERM');
  await once(child, 'exit');
  await rm(folder, { recursive: true });
});

async function bench(
  tokenFile: string,
  ...args: string[]
): Promise<{ exitCode: number | null; record: RunRecord }> {
  const target = ['--hub', url, '--token-file', join(folder, tokenFile), '--out', join(folder, 'out')];
  const { exitCode, stdout } = await runCli(['bench', ...PATIENT, ...target, '--json', ...args]);
  return { exitCode, record: runRecordSchema.strict().parse(JSON.parse(stdout)) };
}

describe('bench --hub', { timeout: 120_000 }, () => {
  it('measures users of a running hub, and leaves it as it was', async () => {
    await admin.createUsers(['load-1', 'bystander']);
    await admin.requestServer(defaultServer('bystander'));
    await Array.fromAsync(admin.serverProgress(defaultServer('bystander')));

    const { exitCode, record } = await bench('token', '--users', '2', '--user-template', 'load-{n}');

    const unmet = record.criteria.filter(({ status }) => status !== 'met');
    expect(unmet.map(({ name, status }) => [name, status])).toEqual([
      ["every kernel's own ports answer", 'skipped'],
      ['nothing is left', 'skipped'],
    ]);
    expect([record.verdict, exitCode]).toEqual(['passed', 0]);
    expect(record.backend.isolation).toContain('forkd_jupyter_spawner');
    expect((await admin.findUser('load-1'))?.servers?.['']?.stopped).toBe(true);
    expect(await admin.findUser('load-2')).toBeUndefined();
    expect((await admin.getUser('bystander')).servers?.['']?.ready).toBe(true);
  });

  it('measures named servers of an ordinary user, and has the hub forget them', async () => {
    await admin.createUsers(['alice']);
    const token = await admin.createUserToken('alice', { note: 'a user’s own', expiresInS: 600 });
    await writeFile(join(folder, 'alice'), token);

    const { exitCode, record } = await bench('alice', '--users', '2', '--arrivals', 'stagger:50ms');

    expect([record.verdict, exitCode]).toEqual(['passed', 0]);
    const users = record.rounds[1]?.users.map(({ user, intendedStartMs }) => [user, intendedStartMs]);
    expect(users).toEqual([
      ['alice/bench-1', 0],
      ['alice/bench-2', 50],
    ]);
    const known = async (): Promise<string[]> => Object.keys((await admin.findUser('alice'))?.servers ?? {});
    // The default one is only listed because stopped ones are asked for.
    await expect.poll(known).toEqual(['']);
  });
});
