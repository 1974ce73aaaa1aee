import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  diskFull,
  guestDied,
  neverWarm,
  noFirecracker,
  noKvm,
  noProgram,
  notRoot,
} from '../../src/parent/parent-faults.ts';
import { requireHost } from '../../src/parent/require-host.ts';
import { type FakeHost, makeFakeHost } from './host.ts';

let host: FakeHost;

beforeEach(async () => {
  host = await makeFakeHost();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await host.remove();
});

describe('a host that cannot build a parent', () => {
  it('is told first that root is needed', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);

    await expect(requireHost(host.plan(), { newDisk: true })).rejects.toThrow(/user 1000 .* root is needed/);
  });

  it.each([
    [undefined, /--kernel .*vmlinux cannot be used: ENOENT/],
    ['MZ, a bzImage', /it is no ELF file/],
  ])('is told what is wrong with a kernel of %j', async (content, message) => {
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    const kernel = join(host.folder, 'vmlinux');
    if (content !== undefined) await writeFile(kernel, content);

    await expect(requireHost(host.plan({ kernel }), { newDisk: true })).rejects.toThrow(message);
  });
});

it.each([
  [notRoot(7), 'sudo forkd-spawner parent build'],
  [noKvm('ENOENT'), 'modprobe kvm_intel'],
  [noFirecracker('/x'), '--firecracker PATH'],
  [noProgram(['mmdebstrap', 'debootstrap'], 'mmdebstrap'), 'sudo apt-get install mmdebstrap'],
  [diskFull('/data', { freeMib: 3, mib: 3072 }), '--disks'],
  [guestDied(3, ['panic']), '--memory MIB'],
  [neverWarm(600, []), '--timeout 20m'],
])('$message: the hint mends it', (error, hint) => {
  expect(error.hint).toContain(hint);
});
