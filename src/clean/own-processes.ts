import { readFile, readlink, stat } from 'node:fs/promises';

import { allPids } from '../process/process-status.ts';

export interface OwnProcess {
  readonly pid: number;
  /** The environment, as /proc/PID/environ has it. */
  readonly environment: string;
}

/**
 * This user's processes but this one. Those of another mount namespace, as a container has, are left
 * out: the paths that they name are other folders, and may have an owner there.
 */
export async function ownProcesses(): Promise<readonly OwnProcess[]> {
  const namespace = await mountNamespace('self');
  const pids = (await allPids()).filter((pid) => pid !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await isOwn(pid, namespace)) ? [{ pid, environment: await environmentOf(pid) }] : [],
    ),
  );
  return found.flat();
}

/** A variable's value in a process; undefined where it has none. */
export function variableOf({ environment }: OwnProcess, name: string): string | undefined {
  const entry = environment.split('\0').find((one) => one.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

async function isOwn(pid: number, namespace: string | undefined): Promise<boolean> {
  const owner = await stat(`/proc/${pid}`).catch(() => undefined);
  return owner?.uid === process.getuid?.() && (await mountNamespace(pid)) === namespace;
}

async function environmentOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
}

async function mountNamespace(pid: number | 'self'): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/mnt`).catch(() => undefined);
}
