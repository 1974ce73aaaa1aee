import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { listParents } from '../../src/parent/list-parents.ts';
import { parentSummary, parentTable } from '../../src/parent/parent-table.ts';
import type { ParentRecord } from '../../src/parent/parent-record.ts';
import { runCli } from '../helpers/run-cli.ts';

const RECORD: ParentRecord = {
  ...{ version: 1, tag: 'jupyter', madeAt: '2026-11-25T12:00:00.000Z', guestVersion: '0.1.0' },
  ...{ rootDisk: '/disks/jupyter-1.ext4', rootDiskMib: 1075, kernel: '/vmlinux', firecracker: '1.12.0' },
  ...{ processor: 'EPYC', memoryMib: 1024, usedMemoryMib: 240, vcpus: 1, warmAfterS: 12.3 },
  versions: { python: '3.13.5', jupyterlab: '4.6.0' },
};

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'parents-test-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function store(tag: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  await mkdir(join(root, tag));
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, tag, name), content);
}

it('lists whole snapshots, ours and others, and nothing that is half-made', async () => {
  const memory = Buffer.alloc(3 * 2 ** 20, 'x');
  await store('jupyter', { vmstate: 'x', 'memory.bin': memory, 'parent.json': JSON.stringify(RECORD) });
  await store('foreign', { vmstate: 'x', 'memory.bin': 'y', 'parent.json': '{"of": "somebody else"}' });
  await store('empty', {});
  await store('.jupyter.partial-1', { vmstate: 'x' });

  const parents = await listParents(root);

  expect(parents.map(({ tag, record }) => [tag, record?.guestVersion])).toEqual([
    ['foreign', undefined],
    ['jupyter', '0.1.0'],
  ]);
  expect(parents[1]?.sizeMib).toBe(3);
});

it('is empty where there is no folder yet', async () => {
  expect(await listParents(join(root, 'none'))).toEqual([]);
});

it('refuses a folder that somebody named and that is not there', async () => {
  const none = join(root, 'none');

  const { exitCode, stdout, stderr } = await runCli(['parent', 'list', '--snapshot-root', none]);

  expect([exitCode, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/folder of snapshots cannot be read: .*none/);
  expect(stderr).toContain("name the controller's with --snapshot-root");
});

it('shows what is known of each', () => {
  const known = {
    tag: 'jupyter',
    folder: '/s/jupyter',
    sizeMib: 1024,
    madeAt: RECORD.madeAt,
    record: RECORD,
  };
  const foreign = { tag: 'other', folder: '/s/other', sizeMib: 512, madeAt: '2026-11-20T12:00:00.000Z' };
  const now = new Date('2026-11-25T12:42:00.000Z');

  const text = parentTable([known, foreign], now);

  expect(text).toMatch(
    /jupyter .* 42 min .* 1024 .* 0\.1\.0 .* 3\.13\.5 .* 4\.6\.0 .* \/disks\/jupyter-1\.ext4/,
  );
  expect(text).toMatch(/other .* 5 d .* 512 .* – /);
  expect(parentTable([], now)).toBe('no snapshots');
});

it('sums a new one up', () => {
  expect(parentSummary(RECORD)).toContain('1024 MiB of memory, 240 MiB of them used, 1 vCPU');
  expect(parentSummary(RECORD)).toContain('0.1.0, warm after 12.3 s');
});
