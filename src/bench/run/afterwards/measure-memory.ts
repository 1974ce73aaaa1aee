import type { BenchPlan } from '../../plan/bench-plan.ts';
import { divide, memoryOf } from '../../../process/memory.ts';
import type { Found } from './found.ts';
import { launchAll, prepareUsers } from '../round/launch-all.ts';
import type { Launch } from '../round/launch-user.ts';
import type { MemoryPort } from '../../target/memory-port.ts';
import type { RoundPorts } from '../../target/ports.ts';
import { stopServers } from '../round/stop-servers.ts';

/**
 * Brings all users to the point at which a cell could be run, reads the memory, and stops them.
 * Nothing is read when one of them didn't get there: a mean over the others would say nothing.
 */
export async function measureMemory(plan: BenchPlan, ports: RoundPorts, memory: MemoryPort): Promise<Found> {
  const users = await prepareUsers(`${plan.userPrefix}-memory`, plan, ports);
  const before = new Set(await memory.userPids());
  const parents = await memory.parentPids();
  const { launches } = await launchAll(users, ports, { timeoutMs: plan.timeoutMs, runsCell: false });
  try {
    const missing = whoIsMissing(launches);
    if (missing !== undefined) return { missing };
    const pids = (await memory.userPids()).filter((pid) => !before.has(pid));
    return {
      memory: {
        users: plan.users,
        perUser: divide(await memoryOf(pids), plan.users),
        hub: await memoryOf([memory.hubPid]),
        ...(memory.controllerPid !== undefined && { controller: await memoryOf([memory.controllerPid]) }),
        ...(parents.length > 0 && { parent: await memoryOf(parents) }),
      },
    };
  } finally {
    for (const { kernel } of launches) kernel?.dispose();
    await stopServers(launches, ports);
  }
}

function whoIsMissing(launches: readonly Launch[]): string | undefined {
  for (const { user, ended } of launches) {
    if (ended.error !== null)
      return `${user.user} did not get a kernel that is ready: ${ended.error.message}`;
  }
  return undefined;
}
