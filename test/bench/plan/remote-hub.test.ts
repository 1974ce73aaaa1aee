import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { UsageError } from '../../../src/faults/errors.ts';
import { parseRemoteHub, type RemoteHubFlags } from '../../../src/bench/plan/remote-hub.ts';

const FLAGS: RemoteHubFlags = {
  hub: 'https://hub.example.org/hub/',
  'token-file': 'token',
  controller: 'embedded',
  spawner: 'forkd',
  snapshot: undefined,
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remote-hub-plan-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function usersFile(text: string): Promise<string> {
  const path = join(folder, 'users.txt');
  await writeFile(path, text);
  return path;
}

describe('parseRemoteHub', () => {
  it('takes the address that a browser shows, and names users by number', async () => {
    expect(await parseRemoteHub(FLAGS, 2)).toEqual({
      url: 'https://hub.example.org',
      tokenFile: 'token',
      names: ['bench-1', 'bench-2'],
      namesUsers: false,
    });
  });

  it('takes users from a template, or the first ones of a file', async () => {
    const template = await parseRemoteHub({ ...FLAGS, 'user-template': 'load-{n}@x' }, 2);
    const file = await usersFile('# ours\nada\n\n bo \ncy\n');
    const list = await parseRemoteHub({ ...FLAGS, 'users-file': file }, 2);

    expect(template).toMatchObject({ names: ['load-1@x', 'load-2@x'], namesUsers: true });
    expect(list).toMatchObject({ names: ['ada', 'bo'], namesUsers: true });
  });

  it.each([
    [{ floor: true, memory: true }, '--floor and --memory cannot be used with --hub'],
    [{ baseline: true }, '--baseline cannot be used with --hub'],
    [{ 'keep-logs': true }, '--keep-logs cannot be used with --hub'],
    [{ controller: 'http://127.0.0.1:1' }, '--controller cannot be used with --hub'],
    [{ spawner: 'simple' }, '--spawner cannot be used with --hub'],
    [{ snapshot: 'x' }, '--snapshot cannot be used with --hub'],
    [{ 'hub-config': 'x.py' }, '--hub-config cannot be used with --hub'],
    [{ 'token-file': undefined }, '--hub needs --token-file'],
    [{ hub: 'hub.example.org' }, "--hub must be an http(s) URL, not 'hub.example.org'"],
    [{ hub: 'https://ada:s3cret@hub.example.org' }, "user name or password, not 'https://…@hub.example.org'"],
    [{ hub: 'ftp://ada:s3/cr@et@hub.example.org' }, "must be an http(s) URL, not 'ftp://…@hub.example.org'"],
    [{ 'user-template': 'load' }, "--user-template must hold {n}, the user's number, which 'load' doesn't"],
    [{ 'user-template': 'a-{n}', 'users-file': 'b' }, '--user-template and --users-file exclude each other'],
    [{ 'users-file': 'nowhere.txt' }, 'cannot read the file of users nowhere.txt'],
  ])('refuses %j by name', async (flags, message) => {
    const parsing = parseRemoteHub({ ...FLAGS, ...flags }, 1);

    await expect(parsing).rejects.toThrow(UsageError);
    await expect(parsing).rejects.toThrow(message);
  });

  it.each([
    ['ada\n', 'names 1, too few for 2 users'],
    ['ada\nbo\nada\n', "names 'ada' twice"],
  ])('refuses a file of users that holds %j', async (text, message) => {
    const parsing = parseRemoteHub({ ...FLAGS, 'users-file': await usersFile(text) }, 2);

    await expect(parsing).rejects.toThrow(message);
  });
});
