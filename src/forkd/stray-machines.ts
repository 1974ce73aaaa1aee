import { setTimeout as delay } from 'node:timers/promises';

import { ageMs, livingProcess } from '../process/process-status.ts';
import { isStillRunning, type RunningMachine, runningMachines } from './running-machines.ts';

/** A microVM that is being created isn't listed yet: forkd gives a create half a minute. */
const MINIMUM_AGE_MS = 60_000;
const PAUSE_MS = 2000;

/** A row of the controller's, as far as it says which microVM is meant. */
interface ListedSandbox {
  readonly pid: number | null;
  readonly netns: string | null;
}

export interface StrayOptions {
  readonly minimumAgeMs?: number;
  /** How long to wait between two looks at the controller's list. */
  readonly pauseMs?: number;
  readonly signal: AbortSignal;
}

export interface UnlistedMachine extends RunningMachine {
  /** Why it is to be left alone all the same; a stray has no such reason. */
  readonly inUse?: string;
}

/**
 * MicroVMs that the controller doesn't list, before and after a pause. Those of a controller that was
 * killed are left so: after its restart, forkd 0.5 answers 204 to their deletion and lets them run,
 * and nothing else can be started in their namespaces.
 */
export async function findUnlistedMachines(
  list: () => Promise<readonly ListedSandbox[]>,
  { minimumAgeMs = MINIMUM_AGE_MS, pauseMs = PAUSE_MS, signal }: StrayOptions,
): Promise<{ readonly running: number; readonly unlisted: readonly UnlistedMachine[] }> {
  const machines = await runningMachines();
  const suspects = withoutListed(machines, await list());
  if (suspects.length === 0) return { running: machines.length, unlisted: [] };
  await delay(pauseMs, undefined, { signal });
  const candidates = withoutListed(suspects, await list());
  const unlisted = await Promise.all(candidates.map(async (one) => describe(one, minimumAgeMs)));
  return { running: machines.length, unlisted: unlisted.filter((one) => one !== undefined) };
}

/** A row without our pid for a namespace may mean what is in it: numbers differ between containers. */
function withoutListed(
  machines: readonly RunningMachine[],
  rows: readonly ListedSandbox[],
): readonly RunningMachine[] {
  return machines.filter(
    ({ pid, namespace }) => !rows.some((row) => row.pid === pid || row.netns === namespace),
  );
}

async function describe(machine: RunningMachine, minimumAgeMs: number): Promise<UnlistedMachine | undefined> {
  if (!(await isStillRunning(machine))) return undefined;
  const inUse = (await starterOf(machine)) ?? youthOf(machine, minimumAgeMs);
  return { ...machine, ...(inUse !== undefined && { inUse }) };
}

/** `forkd fork` and other controllers start microVMs, too; those of a dead one have another parent. */
async function starterOf({ parent }: RunningMachine): Promise<string | undefined> {
  const { name = '' } = (await livingProcess(parent)) ?? {};
  return name.startsWith('forkd') ? `process ${parent} (${name}) runs it` : undefined;
}

function youthOf(machine: RunningMachine, minimumAgeMs: number): string | undefined {
  const age = ageMs(machine);
  if (age >= minimumAgeMs) return undefined;
  return `started ${Math.round(age / 1000)} s ago: it may not be listed yet`;
}
