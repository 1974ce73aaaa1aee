import { constants, access, open } from 'node:fs/promises';

import { messageOf } from '../faults/caught-error.ts';
import { isAccessible } from '../process/is-accessible.ts';
import { makeFolder } from '../files/make-folder.ts';
import { freeMib } from '../files/disk-space.ts';
import { findProgram } from '../process/find-program.ts';
import { ENGINES } from './disk/container-engine.ts';
import { diskFull, noFirecracker, noKernel, noKvm, noProgram, notRoot } from './parent-faults.ts';
import type { ParentPlan } from './parent-plan.ts';

/** The files of a root disk and the disk itself, which are there together for a while. */
const DISK_MIB = 3072;
const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

/** Finds what a build would stumble over after minutes, before it begins. */
export async function requireHost(
  plan: ParentPlan,
  { newDisk }: { readonly newDisk: boolean },
): Promise<void> {
  const uid = process.getuid?.();
  if (uid !== 0) throw notRoot(uid ?? -1);
  await requireKernel(plan.kernel);
  await requireKvm();
  if (!(await canRun(plan.firecracker))) throw noFirecracker(plan.firecracker);
  await requirePrograms(plan, newDisk);
  if (newDisk) await requireSpace(plan.disks, DISK_MIB);
  await requireSpace(plan.snapshotRoot, plan.memoryMib);
}

async function requireKvm(): Promise<void> {
  await access('/dev/kvm', constants.R_OK | constants.W_OK).catch((error: unknown) => {
    throw noKvm(messageOf(error));
  });
}

async function requireKernel(path: string): Promise<void> {
  const file = await open(path).catch((error: unknown) => {
    throw noKernel(path, messageOf(error));
  });
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(ELF.length), position: 0 });
    if (!buffer.equals(ELF)) throw noKernel(path, 'it is no ELF file (a bzImage, perhaps)');
  } finally {
    await file.close();
  }
}

async function canRun(program: string): Promise<boolean> {
  return program.includes('/')
    ? isAccessible(program, constants.X_OK)
    : (await findProgram(program)) !== undefined;
}

async function requirePrograms({ source }: ParentPlan, newDisk: boolean): Promise<void> {
  const needed: [readonly string[], string][] = [[['ip'], 'iproute2']];
  if (newDisk) {
    needed.push([['mke2fs'], 'e2fsprogs'], [['unshare'], 'util-linux']);
    if (source.kind === 'debian') needed.push([['mmdebstrap', 'debootstrap'], 'mmdebstrap']);
    else needed.push([ENGINES, 'podman']);
  }
  for (const [names, debianPackage] of needed) {
    if ((await findProgram(...names)) === undefined) throw noProgram(names, debianPackage);
  }
}

async function requireSpace(folder: string, mib: number): Promise<void> {
  await makeFolder(folder);
  const free = await freeMib(folder);
  if (free < mib) throw diskFull(folder, { freeMib: free, mib });
}
