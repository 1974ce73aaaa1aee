import { readFileSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { hasCode } from '../../faults/caught-error.ts';
import { isRoot } from '../../process/is-root.ts';

const MIB = 1024n * 1024n;
const REMOVE_PATIENCE_MS = 3000;
const RECHECK_MS = 10;

/** A group of processes with a memory limit. */
export interface MemoryCgroup {
  /** The file into which a process writes its pid to belong to it. */
  readonly procs: string;
  /** Whether the limit has cost a process its life. */
  hasKilled(): boolean;
  remove(): Promise<void>;
}

/** Makes one memory cgroup for each sandbox, where limits can be enforced. */
export interface MemoryLimits {
  /** The folder of the group of groups. */
  readonly path: string;
  create(id: string, limitMib: number): Promise<MemoryCgroup>;
  /** Removes the group of groups. */
  close(): Promise<void>;
}

interface Hierarchy {
  readonly root: string;
  /** The file in which the kernel counts whom it has ended for want of memory. */
  readonly events: string;
  /** Which files take a limit of so many bytes; those that this kernel lacks are left out. */
  readonly settings: (bytes: string) => readonly (readonly [file: string, value: string])[];
}

const V1: Hierarchy = {
  root: '/sys/fs/cgroup/memory',
  events: 'memory.oom_control',
  settings: (bytes) => [
    ['memory.limit_in_bytes', bytes],
    // Memory and swap together: without it a sandbox would go on in the swap.
    ['memory.memsw.limit_in_bytes', bytes],
  ],
};

const V2: Hierarchy = {
  root: '/sys/fs/cgroup',
  events: 'memory.events',
  settings: (bytes) => [
    ['memory.max', bytes],
    ['memory.swap.max', '0'],
  ],
};

/** What the name of each controller's group begins with; the controller's instance follows. */
export const CGROUP_PREFIX = 'forkd-controller-';
/** Where the groups of controllers may be. */
export const CGROUP_ROOTS: readonly string[] = [V1.root, V2.root];

/**
 * Finds a way to limit memory; undefined where there is none: not root, no memory controller,
 * read-only cgroups.
 */
export async function openMemoryLimits(name: string): Promise<MemoryLimits | undefined> {
  if (!isRoot()) return undefined;
  const hierarchy = await findHierarchy();
  if (hierarchy === undefined) return undefined;
  const group = join(hierarchy.root, name);
  try {
    await mkdir(group);
    if (hierarchy === V2) await writeFile(join(group, 'cgroup.subtree_control'), '+memory');
  } catch {
    await removeCgroup(group);
    return undefined;
  }
  return {
    path: group,
    create: (id, limitMib) => createCgroup(hierarchy, join(group, id), limitMib),
    close: () => removeCgroup(group),
  };
}

async function findHierarchy(): Promise<Hierarchy | undefined> {
  const controllers = await readFile(join(V2.root, 'cgroup.subtree_control'), 'utf8').catch(() => '');
  if (controllers.trim().split(' ').includes('memory')) return V2;
  const v1 = await readFile(join(V1.root, 'memory.limit_in_bytes'), 'utf8').catch(() => undefined);
  return v1 === undefined ? undefined : V1;
}

async function createCgroup(hierarchy: Hierarchy, dir: string, limitMib: number): Promise<MemoryCgroup> {
  await mkdir(dir);
  // The order matters: v1 refuses a limit of both that is below the limit of memory.
  for (const [file, value] of hierarchy.settings(String(BigInt(limitMib) * MIB))) {
    await writeIfPresent(join(dir, file), value);
  }
  return {
    procs: join(dir, 'cgroup.procs'),
    hasKilled: () => hasKilled(join(dir, hierarchy.events)),
    remove: () => removeCgroup(dir),
  };
}

/** Read at once, not later: who asks has just heard of a death, and tells the next caller of it. */
function hasKilled(events: string): boolean {
  try {
    return /^oom_kill [1-9]/m.test(readFileSync(events, 'utf8'));
  } catch {
    return false;
  }
}

async function writeIfPresent(file: string, value: string): Promise<void> {
  try {
    await writeFile(file, value, { flag: 'r+' });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

/** A group can stay busy for a moment after its last process was reaped. */
async function removeCgroup(dir: string): Promise<void> {
  const deadline = performance.now() + REMOVE_PATIENCE_MS;
  while (!(await isRemoved(dir, deadline))) await delay(RECHECK_MS);
}

async function isRemoved(dir: string, deadline: number): Promise<boolean> {
  try {
    await rmdir(dir);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true;
    if (!hasCode(error, 'EBUSY') || performance.now() > deadline) throw error;
    return false;
  }
}
