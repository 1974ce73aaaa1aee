import { type Server, createServer } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { verifyParent } from '../../src/parent/verify-parent.ts';
import { type Verified, verifiedList } from '../../src/parent/verified.ts';
import { listen } from '../helpers/listen.ts';

const SANDBOX = {
  ...{ id: 'sb-1', snapshot_tag: 'jupyter', netns: 'forkd-child-1', guest_addr: '10.42.0.2:8888' },
  ...{ created_at_unix: 1, pid: 1, memory_limit_mib: null },
};

/** What a controller answers, by request; a list is answered one after another, its last for good. */
type Answers = Record<string, unknown>;

const HEALTHY: Answers = {
  'GET /v1/snapshots': [
    { tag: 'jupyter', dir: '/s', created_at_unix: 1, status: 'ready', bootable: true },
    {
      tag: 'broken',
      dir: '/b',
      created_at_unix: 1,
      status: 'ready',
      bootable: false,
      warning: 'missing memory',
    },
  ],
  'POST /v1/sandboxes': [SANDBOX],
  'POST /v1/sandboxes/sb-1/ping': { pong: true },
  'POST /v1/sandboxes/sb-1/exec': { stdout: 'uid=1000(jovyan)\n', stderr: '', exit_code: 0 },
  'DELETE /v1/sandboxes/sb-1': '',
};

let server: Server;
let url: string;
let answers: Answers;
let asked: string[];
let guestVersion: string;
let silentPings: number;

beforeEach(async () => {
  [answers, asked, guestVersion, silentPings] = [{ ...HEALTHY }, [], '0.1.0', 0];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const name = `${request.method ?? ''} ${request.url ?? ''}`;
      asked.push(name);
      const body = Buffer.concat(chunks).toString();
      const silent = name.endsWith('/ping') && silentPings-- > 0;
      const value = body.includes('__version__') ? `'${guestVersion}'` : '45';
      const answer = name.endsWith('/eval') ? { result: value, error: null, exit_code: 0 } : answers[name];
      response.writeHead(silent ? 500 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(silent ? { error: 'read pong' } : answer));
    });
  });
  url = `http://127.0.0.1:${await listen(server)}`;
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
});

async function verify(tag = 'jupyter', answerTimeoutMs = 5000): Promise<readonly Verified[]> {
  return verifyParent({
    ...{
      tag,
      controller: url,
      tokenFile: undefined,
      lockFolder: undefined,
      ownVersion: '0.1.0',
      answerTimeoutMs,
    },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
}

describe('verifying a parent', () => {
  it('forks one child, looks at it, and deletes it', async () => {
    const verified = await verify();

    expect(verified.map(({ check, passed }) => [check, passed])).toEqual(
      ['fork', 'ping', 'guest version', 'cell', 'program', 'user'].map((check) => [check, true]),
    );
    expect(
      asked.filter((name) => name.startsWith('POST /v1/sandboxes ') || name === 'POST /v1/sandboxes'),
    ).toHaveLength(1);
    expect(asked.at(-1)).toBe('DELETE /v1/sandboxes/sb-1');
  });

  it('goes on asking a child that misses its first pings', async () => {
    silentPings = 2;

    expect(await verify()).toContainEqual(expect.objectContaining({ check: 'ping', passed: true }));
  });

  it('asks no more of a child that never answers, and deletes it', async () => {
    silentPings = Infinity;

    const verified = await verify('jupyter', 1);

    expect(verified.map(({ check, passed }) => [check, passed])).toEqual([
      ['fork', true],
      ['ping', false],
    ]);
    expect(asked.at(-1)).toBe('DELETE /v1/sandboxes/sb-1');
  });

  it('names both versions when guest and command line differ', async () => {
    guestVersion = '0.0.9';

    expect(await verify()).toContainEqual(
      expect.objectContaining({ passed: false, found: "'0.0.9', and this forkd-spawner is 0.1.0" }),
    );
  });

  it.each([
    ['none', /has no snapshot 'none'/, 'it has: jupyter, broken'],
    ['broken', /cannot boot its snapshot 'broken'/, 'missing memory'],
  ])('forks nothing of the snapshot %s', async (tag, message, hint) => {
    await expect(verify(tag)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringContaining(hint),
    });
    expect(asked).toEqual(['GET /v1/snapshots']);
  });
});

it('is told in one line a check', () => {
  const text = verifiedList([
    { check: 'fork', passed: true, found: 'sb-1', durationMs: 70 },
    { check: 'guest version', passed: false, found: "'0.0.9'", durationMs: 3 },
  ]);

  expect(text).toBe("✔ fork           sb-1 (70 ms)\n✘ guest version  '0.0.9' (3 ms)");
});
