import { readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { hasCode } from '../faults/caught-error.ts';
import { allPids, livingProcess } from '../process/process-status.ts';
import { namespacesByIdentity } from './child-namespaces.ts';

const PROGRAM = 'firecracker';
const END_PATIENCE_MS = 5000;
const CHECK_MS = 10;

/** A Firecracker process in one of forkd's network namespaces. */
export interface RunningMachine {
  readonly pid: number;
  readonly namespace: string;
  /** Tells it from a later process of the same number. */
  readonly startTicks: number;
  readonly parent: number;
}

/** Lists the microVMs in forkd's namespaces. Those of other users can be seen by root only. */
export async function runningMachines(): Promise<readonly RunningMachine[]> {
  const namespaces = await namespacesByIdentity();
  const machines = await Promise.all((await allPids()).map(async (pid) => machineOf(pid, namespaces)));
  return machines.filter((machine) => machine !== undefined);
}

async function machineOf(
  pid: number,
  namespaces: ReadonlyMap<string, string>,
): Promise<RunningMachine | undefined> {
  const status = await livingProcess(pid);
  if (status?.name !== PROGRAM) return undefined;
  const namespace = namespaces.get(await readlink(`/proc/${pid}/ns/net`).catch(() => ''));
  if (namespace === undefined) return undefined;
  return { pid, namespace, startTicks: status.startTicks, parent: status.parent };
}

/** Whether the microVM still runs; false also when its number has gone to another process. */
export async function isStillRunning({ pid, startTicks }: EndableMachine): Promise<boolean> {
  const status = await livingProcess(pid);
  return status?.name === PROGRAM && status.startTicks === startTicks;
}

type EndableMachine = Pick<RunningMachine, 'pid' | 'startTicks'>;

/** Ends a microVM by SIGKILL, as forkd does, and waits until it is gone. One that has ended is no failure. */
export async function endMachine(machine: EndableMachine): Promise<void> {
  // This is the last look before the signal: nothing is waited for in between.
  if (!(await isStillRunning(machine))) return;
  try {
    process.kill(machine.pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
  const deadline = performance.now() + END_PATIENCE_MS;
  while (await isStillRunning(machine)) {
    if (performance.now() > deadline) throw new Error(`process ${machine.pid} survives SIGKILL`);
    await delay(CHECK_MS);
  }
}
