import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { runPlans } from '../../../src/bench/run/run-plans.ts';
import type { BenchTarget } from '../../../src/bench/target/bench-target.ts';
import { openRemoteTarget } from '../../../src/bench/target/remote-target.ts';
import { InterruptedError } from '../../../src/faults/errors.ts';
import type { BenchPlan } from '../../../src/bench/plan/bench-plan.ts';
import { type RunRecord, runRecordSchema } from '../../../src/record/run-record.ts';
import { silentIo, standInPlan } from '../../helpers/bench-stand-in.ts';
import { ALL_SCOPES, HubStandIn } from '../../helpers/hub-stand-in.ts';
import { listen } from '../../helpers/listen.ts';

const OWN_SCOPES = ['servers', 'read:servers', 'delete:servers', 'access:servers'].map(
  (scope) => `${scope}!user=ada`,
);

let folder: string;
let hub: HubStandIn | undefined;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remote-hub-'));
  await writeFile(join(folder, 'token'), 'a-token\n');
  warnings = [];
});

afterEach(async () => {
  hub?.close();
  hub = undefined;
  await rm(folder, { recursive: true });
});

async function startHub(behaviour: ConstructorParameters<typeof HubStandIn>[0] = {}): Promise<HubStandIn> {
  hub = await new HubStandIn(behaviour).start();
  return hub;
}

function planOf(url: string, names: readonly string[], changes: Partial<BenchPlan> = {}): BenchPlan {
  const target = { url, tokenFile: join(folder, 'token'), names, namesUsers: false };
  const base = standInPlan({ users: names.length, timeoutMs: 20_000, budgetMs: 20_000, ...changes });
  return { ...base, controller: 'none', spawner: 'unknown', hub: { ...target, ...changes.hub } };
}

async function connect({ hub: target }: BenchPlan): Promise<BenchTarget> {
  if (target === undefined) throw new Error('the plan names no hub');
  const onWarning = (message: string): void => void warnings.push(message);
  return openRemoteTarget(target, silentIo(folder, { onWarning }));
}

async function measure(plan: BenchPlan, signal?: AbortSignal): Promise<RunRecord> {
  const io = silentIo(folder, { ...(signal && { signal }) });
  const [run] = await runPlans([plan], io, () => connect(plan));
  return runRecordSchema.parse(run?.record);
}

const statusOf = ({ criteria }: RunRecord, part: string): string | undefined =>
  criteria.find(({ name }) => name.includes(part))?.status;

describe('an existing hub', () => {
  it('passes with what cannot be seen skipped, and is left as it was found', async () => {
    const { url, users, requests } = await startHub({ users: { 'bench-1': [], zoe: [''] } });

    const record = await measure(planOf(url, ['bench-1', 'bench-2']));

    expect(record.verdict).toBe('passed');
    expect([statusOf(record, 'ports'), statusOf(record, 'left')]).toEqual(['skipped', 'skipped']);
    expect(record.backend).toEqual({
      kind: 'hub',
      version: '6.0.0',
      isolation: 'an existing hub, a.Spawner 1',
    });
    expect(record.plan).toMatchObject({ hub: url, spawner: 'unknown' });
    expect(Object.fromEntries(users)).toEqual({ 'bench-1': new Set(), zoe: new Set(['']) });
    expect(record.rounds[1]?.clientLag.cores).toBeGreaterThan(0);
    const stops = ['DELETE /users/bench-1/server', 'DELETE /users/bench-2/server'];
    expect(requests.filter((request) => request.startsWith('DELETE'))).toEqual([
      ...stops,
      ...stops,
      'DELETE /users/bench-2',
    ]);
    expect(warnings).toEqual([]);
  });

  it('gets named servers of the token’s own user where the token is nobody’s but its own', async () => {
    const { url, users, requests } = await startHub({
      owner: { kind: 'user', name: 'ada' },
      scopes: OWN_SCOPES,
      users: { ada: [''] },
    });

    const record = await measure(planOf(url, ['bench-1', 'bench-2']));

    expect(record.rounds[1]?.users.map(({ user }) => user)).toEqual(['ada/bench-1', 'ada/bench-2']);
    expect(record.verdict).toBe('passed');
    expect(requests).toContain('POST /users/ada/servers/bench-2');
    expect(users.get('ada')).toEqual(new Set(['']));
  });

  it('is asked for users by the names that it writes itself', async () => {
    const { url, users, requests } = await startHub({ lowersNames: true, users: { 'lab-2': [] } });

    const record = await measure(planOf(url, ['Lab-1', 'Lab-2', 'Lab-3']));

    expect(record.verdict).toBe('passed');
    expect(record.rounds[1]?.users.map(({ user }) => user)).toEqual(['Lab-1', 'Lab-2', 'Lab-3']);
    expect(requests).toContain('POST /users/lab-3/server');
    // Those that were there stay, those that were made go.
    expect(Object.fromEntries(users)).toEqual({ 'lab-2': new Set() });
    expect(warnings).toEqual([]);
  });

  it('has no server measured that runs under the name that it writes itself', async () => {
    const { url, users } = await startHub({ lowersNames: true, users: { 'lab-1': [''] } });

    await expect(measure(planOf(url, ['Lab-1']))).rejects.toThrow('the server of Lab-1 runs already');
    expect(Object.fromEntries(users)).toEqual({ 'lab-1': new Set(['']) });
  });

  it('is told two names that it takes for one', async () => {
    const { url, users } = await startHub({ lowersNames: true });

    const run = measure(planOf(url, ['Lab-1', 'lab-1']));

    await expect(run).rejects.toThrow(`lab-1 and Lab-1 are one user for ${url}: lab-1`);
    expect(Object.fromEntries(users)).toEqual({});
  });

  it('says what is wrong with names that it writes in a way of its own', async () => {
    const answer = (request: string): { status: number; body: unknown } | undefined =>
      request === 'POST /users' ? { status: 409, body: { message: 'All 1 users already exist' } } : undefined;
    const { url } = await startHub({ answer });

    await expect(measure(planOf(url, ['bench-1']))).rejects.toThrow(
      `${url} says that there is a user bench-1, and knows nobody of this name`,
    );
  });

  it('has a 404 explained', async () => {
    const answer = (request: string): { status: number; body: unknown } | undefined =>
      request.startsWith('POST /users/bench-1/') ? { status: 404, body: { message: null } } : undefined;
    const { url } = await startHub({ answer });

    const record = await measure(planOf(url, ['bench-1']));

    expect(record.rounds[0]?.users[0]?.error?.message).toContain(
      '/users/bench-1/server: no reason given (it knows no such user or server, or the token may not see it)',
    );
  });

  it('has 429 with Retry-After waited for, counted, and part of the user’s time', async () => {
    const { url, requests } = await startHub({
      answer: (request, count) =>
        request === 'POST /users/bench-1/server' && count === 0
          ? { status: 429, headers: { 'retry-after': '1' }, body: { message: 'Too many users' } }
          : undefined,
    });

    const record = await measure(planOf(url, ['bench-1']));

    const [user] = record.rounds[0]?.users ?? [];
    expect(user?.throttled?.waits).toBe(1);
    expect(user?.throttled?.waitedMs).toBeGreaterThan(900);
    expect(user?.stages.requestedMs).toBeGreaterThan(user?.throttled?.waitedMs ?? Infinity);
    expect(requests.filter((request) => request === 'POST /users/bench-1/server')).toHaveLength(3);
    expect(record.rounds[1]?.users[0]?.throttled).toBeUndefined();
  });

  it.each([
    ['a token that may not start servers', ['read:servers', 'access:servers'], 'servers, delete:servers'],
    ['a token without any scope', [], 'servers, read:servers, delete:servers, access:servers'],
  ])('is not touched by %s, whose missing scopes are named', async (_, scopes, missing) => {
    const { url, requests } = await startHub({ scopes });

    await expect(connect(planOf(url, ['bench-1']))).rejects.toThrow(`missing scopes: ${missing}`);
    expect(requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
  });

  it('gets no users from a token that may not make them', async () => {
    const scopes = ALL_SCOPES.filter((scope) => !scope.endsWith(':users'));
    const { url, requests } = await startHub({ scopes, users: { 'bench-1': [] } });

    const run = measure(planOf(url, ['bench-1', 'bench-2']));

    await expect(run).rejects.toThrow(
      'does not know bench-2, and the token may not make users (missing scopes: admin:users, delete:users)',
    );
    expect(requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
  });

  it('has no server measured, or stopped, that ran before', async () => {
    const { url, users } = await startHub({ users: { 'bench-1': [''] } });

    const run = measure(planOf(url, ['bench-1']));

    await expect(run).rejects.toThrow(/the server of bench-1 runs already .*: it is left alone/);
    expect(users.get('bench-1')).toEqual(new Set(['']));
  });

  it('is left as it was found by a run that is interrupted', async () => {
    const interruption = new AbortController();
    const { url, users } = await startHub({
      users: { 'bench-1': [] },
      answer: (request) => {
        if (request === 'GET /users/bench-2/server/progress')
          interruption.abort(new InterruptedError('SIGINT'));
        return undefined;
      },
    });

    const record = await measure(planOf(url, ['bench-1', 'bench-2']), interruption.signal);

    expect(record.verdict).toBe('incomplete');
    expect(Object.fromEntries(users)).toEqual({ 'bench-1': new Set() });
    expect(warnings).toEqual([]);
  });

  it('that dies in the middle leaves an incomplete record that says so, and a warning of what stays', async () => {
    const { url } = await startHub({
      answer: (request, count, standIn) => {
        if (request === 'POST /users/bench-1/server' && count === 2) standIn.close();
        return undefined;
      },
    });

    const record = await measure(planOf(url, ['bench-1'], { rounds: 3 }));

    expect(record.verdict).toBe('incomplete');
    expect(record.rounds.map(({ users }) => users[0]?.outcome)).toEqual(['completed', 'completed', 'failed']);
    expect(record.rounds[2]?.users[0]?.error?.message).toContain('the hub cannot be reached');
    expect(warnings.join()).toMatch(/left on http:.*\n {2}the server bench-1: .*\n {2}the user bench-1: /);
  });

  it.each([
    ['a web server', '<html>hello</html>', 200],
    ['another API', '{"status": "ok"}', 200],
    ['nothing of the kind', 'not found', 404],
  ])('that turns out to be %s is named as such', async (_, body, status) => {
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    const url = `http://127.0.0.1:${await listen(server)}`;

    const connecting = connect(planOf(url, ['bench-1']));

    await expect(connecting).rejects.toMatchObject({ exitReason: 'environment' });
    await expect(connecting).rejects.toThrow(`${url} doesn't answer as a JupyterHub`);
    server.close();
  });
});
