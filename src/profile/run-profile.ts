import { connectPorts } from '../bench/target/connect-ports.ts';
import { openOwnTarget, type OwnTarget } from '../bench/target/own-target.ts';
import type { TargetPorts } from '../bench/target/ports.ts';
import type { RunIo } from '../bench/target/run-io.ts';
import { ForkdSpawnerError } from '../faults/errors.ts';
import type { BenchPlan } from '../bench/plan/bench-plan.ts';
import { runLabel, type TimedName } from '../files/new-file.ts';
import { prepareRecordFolder } from '../record/record-store.ts';
import { unixNowMs } from '../time/unix-clock.ts';
import { overhearSpans } from './overhear-spans.ts';
import { type Profile, toProfile } from './profile.ts';
import { type ProfiledRound, runProfiledRound } from './profiled-round.ts';
import { readSpans } from './span.ts';
import { toTraceFile } from './trace-events.ts';
import { checkTracePath, storeTrace } from './trace-store.ts';

export interface StoredProfile {
  readonly profile: Profile;
  /** Where the trace file is. */
  readonly path: string;
  /** Why there is none. */
  readonly unstored?: ForkdSpawnerError;
}

/** Profiles one round after a warm-up, from an empty machine to an empty machine. */
export async function runProfile(
  plan: BenchPlan,
  io: RunIo,
  trace: string | undefined,
): Promise<StoredProfile> {
  await (trace === undefined ? prepareRecordFolder(io.out) : checkTracePath(trace));
  await using target = await openOwnTarget(plan, io, { hubSpans: true });
  const profile = await profileStart(plan, target, io);
  return { profile, ...(await tryToStore(profile, io.out, trace)) };
}

/** The profile can be shown all the same. */
async function tryToStore(
  profile: Profile,
  out: string,
  trace: string | undefined,
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

async function profileStart(plan: BenchPlan, target: OwnTarget, io: RunIo): Promise<Profile> {
  const { hub, backend, connections } = target;
  const startedAt = new Date().toISOString();
  const overheard = overhearSpans(connections.hub);
  // On the clock that the other sides have, too.
  const clock = { now: unixNowMs };
  const ports = { ...connectPorts({ ...connections, hub: overheard.hub }), clock };
  const round = await runRounds(plan, ports, io);
  const spans = [...overheard.spans(), ...readSpans(await hub.times.spans())];
  const profile = toProfile({ startedAt, backend, ...round, spans });
  const { barrierMs: fromMs, endMs: toMs } = profile;
  return { ...profile, hubLag: await hub.times.loopLag({ fromMs, toMs }) };
}

const SILENT = { roundStarted: () => undefined, userEnded: () => undefined, roundEnded: () => undefined };

/** Only the second round is profiled: in the first one every cache is cold. */
async function runRounds(plan: BenchPlan, target: TargetPorts, io: RunIo): Promise<ProfiledRound> {
  const ports = { ...target, observer: SILENT, signal: io.signal };
  io.onProgress('warm-up start …');
  const warmUp = await runProfiledRound('profile-warm-up', plan, ports);
  // As in a bench: another round after one in which nobody got through would only cost its time.
  if (!warmUp.launches.some(({ stages }) => stages.cell1Ms !== undefined)) return warmUp;
  io.onProgress('profiled start …');
  return runProfiledRound('profile', plan, ports);
}
