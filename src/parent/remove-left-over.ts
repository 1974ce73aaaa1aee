import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { isRunning } from '../process/is-running.ts';
import type { Run } from '../python/run-tool.ts';
import { removeBuildNetwork } from './machine/build-network.ts';
import type { ParentPlan } from './parent-plan.ts';

/** What a build makes carries its process ID, so that what a killed one has left can be told. */
const NETWORK = /^forkd-parent-(\d+)$/;
const PARTIAL = /\.partial-(\d+)(\.|$)/;

/** Removes what builds that were killed have left: microVMs, namespaces and half-made files. */
export async function removeLeftOver(
  { snapshotRoot, disks }: Pick<ParentPlan, 'snapshotRoot' | 'disks'>,
  run: Run,
): Promise<void> {
  for (const folder of [snapshotRoot, disks]) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => isOfDeadBuild(one, PARTIAL))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
  for (const network of await networks(run)) {
    if (isOfDeadBuild(network, NETWORK)) await endNetwork(network, run);
  }
}

function isOfDeadBuild(name: string, pattern: RegExp): boolean {
  const pid = pattern.exec(name)?.[1];
  return pid !== undefined && !isRunning(Number(pid));
}

async function networks(run: Run): Promise<readonly string[]> {
  const { stdout } = await run('ip', ['netns', 'list']);
  return stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
}

async function endNetwork(network: string, run: Run): Promise<void> {
  const { stdout } = await run('ip', ['netns', 'pids', network]);
  for (const pid of stdout.split('\n').filter(Boolean).map(Number)) {
    // It may have ended meanwhile, which is as well.
    if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  }
  await removeBuildNetwork(network, run);
}
