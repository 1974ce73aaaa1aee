import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CGROUP_PREFIX, CGROUP_ROOTS } from '../embedded/sandboxes/memory-limits.ts';
import type { ProcessMentions } from '../process/process-mentions.ts';
import type { LeftPath } from './remnant.ts';
import { isOursAndOld } from './find-folders.ts';

/** Memory cgroups of controllers that were killed together with whoever sweeps after them. */
export async function findCgroups(
  mentions: ProcessMentions,
  roots: readonly string[] = CGROUP_ROOTS,
): Promise<readonly LeftPath[]> {
  const groups = await Promise.all(roots.map(groupsIn));
  return Promise.all(groups.flat().map(async (path) => describe(path, mentions)));
}

async function groupsIn(root: string): Promise<readonly string[]> {
  const names = (await readdir(root).catch(() => [])).filter((name) => name.startsWith(CGROUP_PREFIX));
  return names.map((name) => join(root, name)).filter(isOursAndOld);
}

/** A controller's sweeper is told of its instance, which is the rest of the name. */
async function describe(path: string, mentions: ProcessMentions): Promise<LeftPath> {
  const instance = path.slice(path.lastIndexOf(CGROUP_PREFIX) + CGROUP_PREFIX.length);
  const inUse = mentions.of(instance) ?? (await memberOf(path));
  const found = { kind: 'cgroup', path, sizeMib: 0, reason: 'of a controller that has ended' } as const;
  return { ...found, ...(inUse !== undefined && { inUse }) };
}

async function memberOf(path: string): Promise<string | undefined> {
  const entries = await readdir(path, { withFileTypes: true });
  const groups = [path, ...entries.filter((one) => one.isDirectory()).map(({ name }) => join(path, name))];
  for (const group of groups) {
    const pids = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '');
    if (pids.trim() !== '') return `process ${pids.trim().split('\n')[0] ?? ''} belongs to it`;
  }
  return undefined;
}
