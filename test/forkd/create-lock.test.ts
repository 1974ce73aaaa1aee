import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ControllerClient } from '../../src/forkd/controller-client.ts';
import { createLockFile, withCreateLock } from '../../src/forkd/create-lock.ts';
import { builtCli } from '../helpers/built-cli.ts';
import { listen } from '../helpers/listen.ts';
import { testPython } from '../helpers/python-environment.ts';

const DEADLINE = { timeout: 20_000, interval: 10 };

const IMPORT = 'import asyncio, sys\nfrom forkd_jupyter_spawner.start.create_lock import CreateLock\n';
/** A hub that creates until its input ends. */
const HOLD = `${IMPORT}
async def hold():
    async with CreateLock(*sys.argv[1:]):
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(hold())
`;
const TRY = `${IMPORT}print("held by another" if CreateLock(*sys.argv[1:])._try() is None else "free")`;
const PATHS = `${IMPORT}for url in sys.argv[2:]: print(CreateLock(url, sys.argv[1])._path)`;

const SANDBOX = {
  ...{ id: 'sb-1', snapshot_tag: 'jupyter', netns: 'forkd-child-1', guest_addr: '10.42.0.2:8888' },
  ...{ created_at_unix: 1, pid: 1, memory_limit_mib: null },
};
const SNAPSHOT = { tag: 'jupyter', dir: '/s', created_at_unix: 1, status: 'ready', bootable: true };

let folder: string;
let server: Server;
let url: string;
/** Creates that have arrived; answered when the test does. */
let creates: ServerResponse[];
let client: ControllerClient;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'create-lock-test-'));
  creates = [];
  server = createServer((request, response) => {
    if (request.method === 'POST') creates.push(response);
    else response.end(JSON.stringify([SNAPSHOT]));
  });
  url = `http://127.0.0.1:${await listen(server)}`;
  client = new ControllerClient({ url, token: '', lockFolder: folder });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  server.closeAllConnections();
  server.close();
  await client.close();
  await rm(folder, { recursive: true });
});

async function create(signal?: AbortSignal): Promise<string> {
  return (await client.createSandbox({ snapshotTag: 'jupyter' }, signal)).id;
}

function answer(): void {
  for (const response of creates.splice(0)) response.end(JSON.stringify([SANDBOX]));
}

async function untilCreating(): Promise<void> {
  await expect.poll(() => creates, DEADLINE).toHaveLength(1);
}

async function inPython(code: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(await testPython(), ['-c', code, ...args]);
  return stdout.trim();
}

/** A hub that holds the lock; `release` has it create no longer. */
async function startHub(): Promise<{ readonly pid: number | undefined; readonly release: () => void }> {
  const child = spawn(await testPython(), ['-c', HOLD, url, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  expect(line).toBe('held');
  return { pid: child.pid, release: () => child.stdin.end() };
}

/** As the kernel lists who waits for a lock. */
async function untilSomebodyWaits(): Promise<void> {
  const { ino } = await stat(await createLockFile({ url, folder }));
  const waiting = new RegExp(`-> FLOCK .*:${ino} `);
  await expect.poll(async () => readFile('/proc/locks', 'utf8'), DEADLINE).toMatch(waiting);
}

function startCli(): ChildProcess {
  const args = [builtCli(), 'parent', 'verify', '--controller', url, '--create-lock-folder', folder];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('the lock for creating sandboxes', () => {
  it('is the very file of the hubs, however the address is written', async () => {
    const loopback = [
      ...['http://127.0.0.1:8889', 'http://127.0.0.1:8889/', 'http://localhost:8889', 'http://[::1]:8889/'],
      ...['HTTP://LocalHost:8889', 'http://user:secret@localhost:8889/v1?x=:1'],
    ];
    const others = [
      ...['http://127.0.0.1', 'https://localhost/', 'https://localhost:443', 'http://127.1:8889'],
      ...[
        'http://forkd.example',
        'http://FORKD.example:80/',
        'https://[2001:DB8:0:0::1]',
        'http://10.0.0.1:0',
      ],
    ];
    const urls = [...loopback, ...others];

    const [ours, hosts] = await Promise.all(
      [folder, undefined].map(async (given) =>
        Promise.all(urls.map(async (one) => createLockFile({ url: one, folder: given }))),
      ),
    );

    expect(ours).toEqual((await inPython(PATHS, folder, ...urls)).split('\n'));
    expect(hosts).toEqual((await inPython(PATHS, '', ...urls)).split('\n'));
    expect(new Set(ours?.slice(0, loopback.length)).size).toBe(1);
  });

  it('is waited for while a hub creates', async () => {
    const hub = await startHub();

    const created = create();
    await untilSomebodyWaits();
    expect(creates).toEqual([]);

    hub.release();
    await untilCreating();
    // Not that of the file that the hub has removed.
    expect(await inPython(TRY, url, folder)).toBe('held by another');
    answer();
    expect(await created).toBe('sb-1');
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps a hub waiting while we create', async () => {
    const created = create();
    await untilCreating();
    expect(await inPython(TRY, url, folder)).toBe('held by another');

    const hub = startHub();
    answer();
    await created;
    (await hub).release();
  });

  it('keeps our own creates apart, also after one has failed', async () => {
    const both = [create(), create()].map(async (one) => one.catch(() => 'failed'));
    await untilCreating();
    await untilSomebodyWaits();
    expect(creates).toHaveLength(1);

    creates.pop()?.destroy();
    await untilCreating();
    answer();
    expect((await Promise.all(both)).toSorted()).toEqual(['failed', 'sb-1']);
  });

  it.each([
    ['1777', '644'],
    ['2770', '640'],
    ['755', '600'],
  ])('can be had by those who may write to its folder (%s), as with hubs', async (folderMode, fileMode) => {
    await chmod(folder, Number.parseInt(folderMode, 8));
    const before = process.umask(0o077);
    try {
      const modeOfFile = async (): Promise<string> => {
        const { mode } = await stat(await createLockFile({ url, folder }));
        return (mode & 0o777).toString(8);
      };
      expect(await withCreateLock({ url, folder }, modeOfFile)).toBe(fileMode);
      const hub = await startHub();
      expect(await modeOfFile()).toBe(fileMode);
      hub.release();
    } finally {
      process.umask(before);
    }
  });

  it('is free when a command that held it was killed', async () => {
    const cli = startCli();
    await untilCreating();
    expect(await inPython(TRY, url, folder)).toBe('held by another');

    await kill(cli);

    expect(await inPython(TRY, url, folder)).toBe('free');
  });

  it('is free when a command that waited for it was killed', async () => {
    const hub = await startHub();
    const cli = startCli();
    await untilSomebodyWaits();

    await kill(cli);
    hub.release();

    (await startHub()).release();
    expect(creates).toEqual([]);
  });

  it('is given up in the end, and when the command is interrupted', async () => {
    const { pid } = await startHub();
    const nothing = async (): Promise<string> => Promise.resolve('created');

    await expect(withCreateLock({ url, folder, timeoutMs: 50 }, nothing)).rejects.toMatchObject({
      exitReason: 'environment',
      message: `a hub has been creating sandboxes at ${url} for 0.05 s (process ${pid} holds ${await createLockFile({ url, folder })})`,
    });

    const interruption = new AbortController();
    const created = create(interruption.signal);
    await untilSomebodyWaits();
    interruption.abort(new Error('enough'));
    await expect(created).rejects.toThrow('enough');
    expect(creates).toEqual([]);
  });
});

describe('without the lock nothing is created', () => {
  it('where there is no flock', async () => {
    vi.stubEnv('PATH', folder);

    await expect(create()).rejects.toMatchObject({
      exitReason: 'environment',
      message: expect.stringMatching(/^no sandbox is created without the lock .* no program flock/),
      hint: 'apt-get install util-linux',
    });
    expect(creates).toEqual([]);
  });

  it('where its folder cannot be used', async () => {
    await client.close();
    client = new ControllerClient({ url, token: '', lockFolder: join(folder, 'missing') });

    await expect(create()).rejects.toMatchObject({
      message: expect.stringContaining('ENOENT'),
      hint: expect.stringContaining('--create-lock-folder'),
    });
    expect(creates).toEqual([]);
  });
});
