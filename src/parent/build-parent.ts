import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { makeTemporaryFolder } from '../files/temporary-folder.ts';
import { makeRunner } from '../python/run-tool.ts';
import { type ParentRecord, parentRecordSchema } from './parent-record.ts';
import { Cleanup } from '../process/cleanup.ts';
import { makeBuildNetwork, removeBuildNetwork } from './machine/build-network.ts';
import { diskKey, readDiskInputs } from './disk/disk-inputs.ts';
import { Machine } from './machine/firecracker.ts';
import { makeRootDisk } from './disk/make-root-disk.ts';
import { PARENT_RECORD } from './list-parents.ts';
import type { ParentPlan } from './parent-plan.ts';
import { placeSnapshot, requireFreeTag, snapshotDescription, snapshotFolder } from './place-snapshot.ts';
import { removeLeftOver } from './remove-left-over.ts';
import { removeUnusedDisks } from './disk/remove-unused-disks.ts';
import { requireHost } from './require-host.ts';
import { type RootDisk, listRootDisks } from './disk/root-disk.ts';
import { untilWarm } from './machine/warm-machine.ts';

export interface BuildOptions {
  /** Make the root disk anew, and take the place of a snapshot of the same tag. */
  readonly rebuild: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
  /** What has to be there before anything is begun. */
  readonly checkHost?: typeof requireHost;
}

interface Build extends BuildOptions {
  readonly plan: ParentPlan;
  /** Logs, sockets: gone with the build. */
  readonly folder: string;
}

/** Builds the root disk if there is none of the same inputs, boots it, and snapshots it when it is warm. */
export async function buildParent(plan: ParentPlan, options: BuildOptions): Promise<ParentRecord> {
  if (!options.rebuild) await requireFreeTag(plan);
  const inputs = await readDiskInputs(plan);
  const known = options.rebuild
    ? undefined
    : (await listRootDisks(plan.disks)).find(({ key }) => key === diskKey(inputs));
  const { checkHost = requireHost } = options;
  await checkHost(plan, { newDisk: known === undefined });
  await removeLeftOver(plan, makeRunner(options.signal));
  const folder = await makeTemporaryFolder('forkd-parent-');
  try {
    const build = { ...options, plan, folder };
    if (known !== undefined) options.onProgress(`using the root disk ${known.file}, made of the same inputs`);
    const work = { ...options, logFile: join(folder, 'root-disk.log') };
    const disk = known ?? (await makeRootDisk(plan, inputs, work));
    const record = await snapshotWarm(disk, build);
    if (options.rebuild) await removeUnusedDisks(plan);
    return record;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function snapshotWarm(disk: RootDisk, build: Build): Promise<ParentRecord> {
  const { plan, folder, signal, onProgress } = build;
  const cleanup = new Cleanup();
  try {
    const network = await openNetwork(signal, cleanup);
    const machine = await Machine.start(plan.firecracker, { network, folder });
    cleanup.add(async () => machine.stop());
    onProgress('booting the guest');
    await machine.boot(plan, disk.file);
    const warm = await untilWarm({
      machine,
      network,
      folder,
      timeoutMs: plan.warmTimeoutMs,
      signal,
      onProgress,
    });
    const record = await describe(plan, disk, warm);
    onProgress(`warm after ${warm.afterS} s; writing ${plan.memoryMib} MiB of memory`);
    const fill = async (partial: string): Promise<void> => {
      await machine.snapshot(join(partial, 'vmstate'), join(partial, 'memory.bin'));
      await writeFile(join(partial, PARENT_RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
      await writeFile(join(partial, 'snapshot.json'), snapshotDescription(snapshotFolder(plan)));
      signal.throwIfAborted();
    };
    await placeSnapshot(plan, fill, { replace: build.rebuild });
    return record;
  } finally {
    await cleanup.run();
  }
}

async function openNetwork(signal: AbortSignal, cleanup: Cleanup): Promise<string> {
  const network = `forkd-parent-${process.pid}`;
  // Whatever was made of it goes, also when it was only half.
  cleanup.add(async () => removeBuildNetwork(network, makeRunner(undefined)));
  await makeBuildNetwork(network, makeRunner(signal));
  return network;
}

async function describe(
  plan: ParentPlan,
  disk: RootDisk,
  warm: { readonly afterS: number; readonly usedMemoryMib: number | undefined },
): Promise<ParentRecord> {
  const { stdout } = await makeRunner(undefined)(plan.firecracker, ['--version']);
  return parentRecordSchema.parse({
    ...{ version: 1, tag: plan.tag, madeAt: new Date().toISOString(), guestVersion: disk.guestVersion },
    ...{ rootDisk: disk.file, rootDiskMib: disk.sizeMib, kernel: plan.kernel, vcpus: plan.vcpus },
    firecracker: /v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? 'unknown',
    processor: await readProcessor(),
    ...{ memoryMib: plan.memoryMib, usedMemoryMib: warm.usedMemoryMib, warmAfterS: warm.afterS },
    versions: disk.versions,
  });
}

/** Gives the name that /proc/cpuinfo has for it. */
async function readProcessor(): Promise<string> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return /^model name\s*:\s*(.*)$/m.exec(text)?.[1] ?? 'unknown';
}
