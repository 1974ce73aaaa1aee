import { type Launch, launchUser, type PreparedUser } from '../bench/launch-user.ts';
import { UserTimeout } from '../bench/outcome.ts';
import type { RoundPorts } from '../bench/ports.ts';
import { prepareUsers } from '../bench/prepare-users.ts';
import { stopServers } from '../bench/stop-servers.ts';
import { Stopwatch } from '../bench/stopwatch.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';

export interface ProfiledRound {
  /** When every user's first request was sent, in milliseconds since 1970. */
  readonly barrierMs: number;
  readonly launches: readonly Launch[];
}

/** As a round of `bench`, without its checks: all users at once from the barrier, and all stopped at once. */
export async function runProfiledRound(
  name: string,
  plan: BenchPlan,
  ports: RoundPorts,
  signal: AbortSignal,
): Promise<ProfiledRound> {
  const users = await prepareUsers(name, plan, ports, signal);
  const round = await launchAll(users, plan.timeoutMs, ports, signal);
  for (const { kernel } of round.launches) kernel?.dispose();
  await stopServers(round.launches, ports, round.barrierMs, signal);
  signal.throwIfAborted();
  return round;
}

async function launchAll(
  users: readonly PreparedUser[],
  timeoutMs: number,
  ports: RoundPorts,
  signal: AbortSignal,
): Promise<ProfiledRound> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort(new UserTimeout(timeoutMs));
  }, timeoutMs);
  const ended = AbortSignal.any([signal, timeout.signal]);
  const barrierMs = ports.clock.now();
  const launches = await Promise.all(
    users.map((user) => launchUser(user, ports, new Stopwatch(ports.clock, barrierMs), ended)),
  );
  clearTimeout(timer);
  return { barrierMs, launches };
}
