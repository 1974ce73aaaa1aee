import type { BenchStack } from '../bench/run/bench-session.ts';
import { type Connections, connectPorts } from '../bench/target/connect-ports.ts';
import type { RoundPorts } from '../bench/target/ports.ts';
import { ForkdSpawnerError } from '../faults/errors.ts';
import type { HubTimes } from '../hub/local/hub-times.ts';
import type { BenchPlan } from '../bench/plan/bench-plan.ts';
import { runLabel, type TimedName } from '../files/new-file.ts';
import { prepareRecordFolder } from '../record/record-store.ts';
import { unixNowMs } from '../time/unix-clock.ts';
import { overhearSpans } from './overhear-spans.ts';
import { type Profile, toProfile } from './profile.ts';
import { type ProfiledRound, runProfiledRound } from './run-round.ts';
import { readSpans } from './span.ts';
import { toTraceFile } from './trace-events.ts';
import { checkTracePath, storeTrace } from './trace-store.ts';

/** A hub that measures itself. */
interface ProfileStack extends BenchStack {
  readonly connections: Connections;
  readonly hubTimes: Pick<HubTimes, 'spans' | 'loopLag'>;
}

export interface ProfileSession {
  readonly plan: BenchPlan;
  /** The folder of records, for a trace file whose path isn't given. */
  readonly out: string;
  readonly trace: string | undefined;
  readonly onProgress: (message: string) => void;
  readonly startStack: (signal: AbortSignal) => Promise<ProfileStack>;
}

export interface StoredProfile {
  readonly profile: Profile;
  /** Of the trace file. */
  readonly path: string;
  /** Why there is none. */
  readonly unstored?: ForkdSpawnerError;
}

/** Profiles one round after a warm-up, from an empty machine to an empty machine. */
export async function runProfile(session: ProfileSession, signal: AbortSignal): Promise<StoredProfile> {
  await (session.trace === undefined ? prepareRecordFolder(session.out) : checkTracePath(session.trace));
  const stack = await session.startStack(signal);
  try {
    const profile = await measure(session, stack, signal);
    return { profile, ...(await tryToStore(profile, session)) };
  } finally {
    await stack.stop();
  }
}

/** The profile can be shown all the same. */
async function tryToStore(
  profile: Profile,
  { out, trace }: ProfileSession,
): Promise<Omit<StoredProfile, 'profile'>> {
  try {
    const events = toTraceFile(profile.spans, profile.barrierMs);
    return { path: await storeTrace(events, trace, { folder: out, name: traceName(profile) }) };
  } catch (error) {
    if (error instanceof ForkdSpawnerError) return { path: 'not stored', unstored: error };
    throw error;
  }
}

function traceName({ startedAt, users, backend }: Profile): TimedName {
  return { startedAt, what: runLabel(users.length, backend.kind), ending: '.trace.json' };
}

async function measure(session: ProfileSession, stack: ProfileStack, signal: AbortSignal): Promise<Profile> {
  const startedAt = new Date().toISOString();
  const overheard = overhearSpans(stack.connections.hub);
  const ports = portsOf({ ...stack, connections: { ...stack.connections, hub: overheard.hub } });
  const round = await runRounds(session, ports, signal);
  const spans = [...overheard.spans(), ...readSpans(await stack.hubTimes.spans())];
  const profile = toProfile({ startedAt, backend: stack.backend, ...round, spans });
  const { barrierMs: fromMs, endMs: toMs } = profile;
  return { ...profile, hubLag: await stack.hubTimes.loopLag({ fromMs, toMs }) };
}

/** Only the second round is profiled: in the first one every cache is cold. */
async function runRounds(
  { plan, onProgress }: ProfileSession,
  ports: RoundPorts,
  signal: AbortSignal,
): Promise<ProfiledRound> {
  onProgress('warm-up start …');
  const warmUp = await runProfiledRound('profile-warm-up', plan, ports, signal);
  // As in a bench: another round after one in which nobody got through would only cost its time.
  if (!warmUp.launches.some(({ stages }) => stages.cell1Ms !== undefined)) return warmUp;
  onProgress('profiled start …');
  return runProfiledRound('profile', plan, ports, signal);
}

const SILENT = { roundStarted: () => undefined, userEnded: () => undefined, roundEnded: () => undefined };

/** The ports of a bench, on the clock that the other sides have, too. */
function portsOf({ connections }: ProfileStack): RoundPorts {
  const ports = connectPorts(connections, SILENT);
  return { ...ports, clock: { now: unixNowMs } };
}
