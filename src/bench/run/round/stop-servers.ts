import { toMicroseconds } from '../../../time/clock.ts';
import { messageWithCauses } from '../../../faults/caught-error.ts';
import type { Launch } from './launch-user.ts';
import type { RoundPorts } from '../../target/ports.ts';
import { Stopwatch } from './stopwatch.ts';

const STOP_TIMEOUT_MS = 30_000;

export interface ServerStop {
  /** When the server had stopped, from the user's start as with every stage. */
  readonly stoppedMs?: number;
  /** How long the stop alone took. */
  readonly stopDurationMs?: number;
  readonly stopError?: string;
}

/** Stops every requested server at once; after an interruption the whole hub ends anyway. */
export async function stopServers(
  launches: readonly Launch[],
  ports: RoundPorts,
): Promise<ReadonlyMap<string, ServerStop>> {
  if (ports.signal.aborted) return new Map();
  const requested = launches.filter(({ stages }) => stages.requestedMs !== undefined);
  const stops = requested.map(async (launch) => [launch.user.user, await stopServer(launch, ports)] as const);
  return new Map(await Promise.all(stops));
}

async function stopServer(
  { user: { user, index }, startMs }: Launch,
  { hub, clock, observer, signal }: RoundPorts,
): Promise<ServerStop> {
  const sinceStart = new Stopwatch(clock, startMs);
  const startedMs = clock.now();
  try {
    await hub.stopServer(user, AbortSignal.any([signal, AbortSignal.timeout(STOP_TIMEOUT_MS)]));
  } catch (cause) {
    return { stopError: messageWithCauses(cause) };
  }
  const stoppedMs = sinceStart.elapsedMs();
  const stopDurationMs = toMicroseconds(clock.now() - startedMs);
  observer.stageEnded?.({ index, stage: 'stopped' });
  return { stoppedMs, stopDurationMs };
}
