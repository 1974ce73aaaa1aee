import { launchAll, prepareUsers } from '../bench/run/round/launch-all.ts';
import type { Launch } from '../bench/run/round/launch-user.ts';
import type { RoundPorts } from '../bench/target/ports.ts';
import { stopServers } from '../bench/run/round/stop-servers.ts';
import type { BenchPlan } from '../bench/plan/bench-plan.ts';

export interface ProfiledRound {
  /** When every user's first request was sent, in milliseconds since 1970. */
  readonly barrierMs: number;
  readonly launches: readonly Launch[];
}

/** A round of `bench` without its checks: all users start at once at the barrier, and all are stopped at once. */
export async function runProfiledRound(
  name: string,
  plan: BenchPlan,
  ports: RoundPorts,
): Promise<ProfiledRound> {
  const users = await prepareUsers(name, plan, ports);
  const round = await launchAll(users, ports, { timeoutMs: plan.timeoutMs });
  for (const { kernel } of round.launches) kernel?.dispose();
  await stopServers(round.launches, ports);
  ports.signal.throwIfAborted();
  return round;
}
