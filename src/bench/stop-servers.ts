import type { Launch } from './launch-user.ts';
import { messageOf } from './outcome.ts';
import type { RoundPorts } from './ports.ts';
import { Stopwatch, toMicroseconds } from './stopwatch.ts';

const STOP_TIMEOUT_MS = 30_000;

export interface ServerStop {
  /** From the barrier, as every stage. */
  readonly stoppedMs?: number;
  /** Of the stop alone. */
  readonly stopDurationMs?: number;
  readonly stopError?: string;
}

/** Stops every requested server at once; after an interruption the whole hub ends anyway. */
export async function stopServers(
  launches: readonly Launch[],
  ports: RoundPorts,
  barrierMs: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ServerStop>> {
  if (signal.aborted) return new Map();
  const requested = launches.filter(({ stages }) => stages.requestedMs !== undefined);
  const stops = requested.map(async ({ user }) => {
    return [user.user, await stopServer(user.user, ports, barrierMs, signal)] as const;
  });
  return new Map(await Promise.all(stops));
}

async function stopServer(
  user: string,
  { hub, clock }: RoundPorts,
  barrierMs: number,
  signal: AbortSignal,
): Promise<ServerStop> {
  const sinceBarrier = new Stopwatch(clock, barrierMs);
  const startedMs = clock.now();
  try {
    await hub.stopServer(user, AbortSignal.any([signal, AbortSignal.timeout(STOP_TIMEOUT_MS)]));
  } catch (cause) {
    return { stopError: messageOf(cause) };
  }
  return { stoppedMs: sinceBarrier.elapsedMs(), stopDurationMs: toMicroseconds(clock.now() - startedMs) };
}
