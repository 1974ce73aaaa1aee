import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { buildParent, type BuildOptions } from '../../src/parent/build-parent.ts';
import type { ParentPlan } from '../../src/parent/parent-plan.ts';
import type { ParentRecord } from '../../src/parent/parent-record.ts';
import { type FakeHost, makeFakeHost } from './host.ts';

let host: FakeHost;

beforeEach(async () => {
  host = await makeFakeHost();
});

afterEach(async () => {
  await host.remove();
});

async function build(plan: ParentPlan, options: Partial<BuildOptions> = {}): Promise<ParentRecord> {
  const { signal } = new AbortController();
  const checkHost = async (): Promise<void> => Promise.resolve();
  return buildParent(plan, { rebuild: false, signal, onProgress: () => undefined, checkHost, ...options });
}

/** What a build must leave nothing of, however it ends. */
async function expectNothingLeft(): Promise<void> {
  expect(await readdir(host.snapshots)).toEqual([]);
  expect((await readdir(join(host.folder, 'tmp'))).filter((name) => name.startsWith('forkd-'))).toEqual([]);
  const calls = await host.ipCalls();
  expect(calls.match(/^netns delete/gm) ?? []).toHaveLength((calls.match(/^netns add/gm) ?? []).length);
}

describe('a build', () => {
  it('puts a whole snapshot in place, and its root disk beside the snapshots', async () => {
    const record = await build(host.plan());

    const folder = join(host.snapshots, 'jupyter');
    expect((await readdir(folder)).toSorted()).toEqual([
      'memory.bin',
      'parent.json',
      'snapshot.json',
      'vmstate',
    ]);
    expect(JSON.parse(await readFile(join(folder, 'snapshot.json'), 'utf8'))).toEqual({
      vmstate: join(folder, 'vmstate'),
      memory: join(folder, 'memory.bin'),
      volumes: [],
    });
    expect(record).toMatchObject({ guestVersion: '0.1.0', usedMemoryMib: 500, firecracker: '1.12.0' });
    expect(JSON.parse(await readFile(join(folder, 'parent.json'), 'utf8'))).toEqual(record);
    expect(await readdir(host.snapshots)).toEqual(['jupyter']);
    expect(await readdir(host.disks)).toHaveLength(2);
  });

  it('boots from a disk that nobody can write to, and pauses before it writes the memory', async () => {
    const { rootDisk } = await build(host.plan());

    const requests = (await host.requests()).trim().split('\n');
    expect(requests.map((line) => line.split(' ')[0])).toEqual([
      ...['/boot-source', '/drives/rootfs', '/machine-config', '/network-interfaces/eth0', '/entropy'],
      ...['/actions', '/vm', '/snapshot/create'],
    ]);
    expect(requests[1]).toContain(`"path_on_host":"${rootDisk}","is_root_device":true,"is_read_only":true`);
  });

  it('uses a disk of the same inputs again, and makes another when one of them changes', async () => {
    const told: string[] = [];
    const onProgress = (message: string): number => told.push(message);
    const first = await build(host.plan());
    const second = await build(host.plan({ tag: 'again' }), { onProgress });
    const requirements = join(host.folder, 'course.txt');
    await writeFile(requirements, 'sympy\n');
    const third = await build(host.plan({ tag: 'course', requirements: [requirements] }));

    expect(second.rootDisk).toBe(first.rootDisk);
    expect(told.join('\n')).toContain(`using the root disk ${first.rootDisk}`);
    expect(third.rootDisk).not.toBe(first.rootDisk);
  });

  it('refuses a tag that exists, before it does anything', async () => {
    await build(host.plan());

    await expect(build(host.plan())).rejects.toMatchObject({
      message: expect.stringContaining("there is a snapshot 'jupyter' already"),
      hint: expect.stringContaining('parent rebuild --tag jupyter'),
    });
  });

  it('rebuilds in the place of the old one, and removes the disk that nobody names any more', async () => {
    const old = await build(host.plan());
    const anew = await build(host.plan(), { rebuild: true });

    expect(anew.rootDisk).not.toBe(old.rootDisk);
    expect((await readdir(host.disks)).map((name) => join(host.disks, name)).toSorted()).toEqual([
      anew.rootDisk,
      `${anew.rootDisk}.json`,
    ]);
    expect(await readdir(host.snapshots)).toEqual(['jupyter']);
  });

  it('keeps the old snapshot when the new one fails', async () => {
    const old = await build(host.plan());
    vi.stubEnv('FAKE_GUEST', 'dies');

    await expect(build(host.plan(), { rebuild: true })).rejects.toThrow(/the guest ended/);

    const kept = await readFile(join(host.snapshots, 'jupyter', 'parent.json'), 'utf8');
    expect(JSON.parse(kept)).toEqual(old);
    expect(await readdir(host.snapshots)).toEqual(['jupyter']);
  });
});

describe('a build that fails says why and leaves nothing', () => {
  it.each([
    ['dies', /the guest ended after .* s, before it was warm[^]*MountError: no such folder/],
    ['unwritable', /Firecracker answered 400 to PUT \/snapshot\/create: .*No space left/],
  ])('when the guest is %s', async (behaviour, message) => {
    vi.stubEnv('FAKE_GUEST', behaviour);

    await expect(build(host.plan())).rejects.toThrow(message);

    await expectNothingLeft();
  });

  it('when the guest is never warm, with the flag that gives it longer', async () => {
    vi.stubEnv('FAKE_GUEST', 'silent');

    await expect(build(host.plan({ warmTimeoutMs: 1500 }))).rejects.toMatchObject({
      message: expect.stringMatching(/not warm within 1.5 s[^]*mounted \/run/),
      hint: expect.stringContaining('--timeout'),
    });
    await expectNothingLeft();
  });

  it('when the root disk cannot be made, with what the program said', async () => {
    vi.stubEnv('FAKE_BOOTSTRAP', 'echo "E: no such suite" >&2; exit 3');

    await expect(build(host.plan())).rejects.toMatchObject({
      message: expect.stringMatching(/mmdebstrap ended with exit code 3:\n {4}E: no such suite/),
      hint: expect.stringContaining('--suite'),
    });
    await expectNothingLeft();
    expect(await readdir(host.disks)).toEqual([]);
  });

  it('when the disk is full', async () => {
    await host.install('echo "OSError: [Errno 28] No space left on device" >&2; exit 1');

    await expect(build(host.plan())).rejects.toThrow(/the disk of .* is full/);
    await expectNothingLeft();
  });
});

describe('an interrupted build leaves nothing', () => {
  it.each([
    ['while the root disk is made', { FAKE_BOOTSTRAP: 'sleep 600' }, '', /installing Debian/],
    ['while packages are installed', {}, 'sleep 600', /installing JupyterHub/],
    ['while the guest warms up', { FAKE_GUEST: 'silent' }, '', /guest: .*mounted \/run/],
  ])('%s', async (_when, environment, installing, moment) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    await host.install(installing);
    const interruption = new AbortController();
    const reason = new Error('interrupted');
    const onProgress = (message: string): void => {
      if (moment.test(message)) interruption.abort(reason);
    };

    await expect(build(host.plan(), { signal: interruption.signal, onProgress })).rejects.toBe(reason);

    await expectNothingLeft();
    expect((await readdir(host.disks)).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

it('what a killed build has left is removed by the next one, and what a running one makes is not', async () => {
  const gone = 2 ** 22 + 1; // above what Linux gives
  const [dead, alive] = [`.old.partial-${gone}`, `.other.partial-${process.ppid}`];
  for (const name of [dead, alive]) await mkdir(join(host.snapshots, name));
  vi.stubEnv('FAKE_NETWORK', `forkd-parent-${gone}`);

  await build(host.plan());

  expect((await readdir(host.snapshots)).toSorted()).toEqual([alive, 'jupyter']);
  expect(await host.ipCalls()).toContain(`netns delete forkd-parent-${gone}`);
});
