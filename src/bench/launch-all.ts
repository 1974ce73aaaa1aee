import { type Launch, type LaunchOptions, launchUser, type PreparedUser } from './launch-user.ts';
import { UserTimeout } from './outcome.ts';
import type { RoundPorts } from './ports.ts';
import { Stopwatch } from './stopwatch.ts';

export interface Launches {
  /** When every user's clock started, on the ports' clock. */
  readonly barrierMs: number;
  readonly launches: readonly Launch[];
}

/** The barrier: every user's clock starts at the same instant, before the first request is sent. */
export async function launchAll(
  users: readonly PreparedUser[],
  timeoutMs: number,
  ports: RoundPorts,
  signal: AbortSignal,
  options: LaunchOptions = {},
): Promise<Launches> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort(new UserTimeout(timeoutMs));
  }, timeoutMs);
  const ended = AbortSignal.any([signal, timeout.signal]);
  const barrierMs = ports.clock.now();
  const launches = await Promise.all(
    users.map((user) => launchUser(user, ports, new Stopwatch(ports.clock, barrierMs), ended, options)),
  );
  clearTimeout(timer);
  return { barrierMs, launches };
}
