import { readFile } from 'node:fs/promises';

import { leadsInto } from '../../process/process-marks.ts';
import { allPids, livingProcess, processStatus } from '../../process/process-status.ts';

/** A process, with its start time because pids are used again. */
export interface HostProcess {
  readonly pid: number;
  readonly startTime: string;
  readonly command: string;
}

/** All processes that descend from the embedded controller with this data folder. Empty without /proc. */
export async function processesOfController(dataDir: string): Promise<readonly HostProcess[]> {
  const found = await Promise.all((await allPids()).map((pid) => describeDescendant(pid, dataDir)));
  return found.filter((process) => process !== undefined);
}

export async function childrenOf(parent: number): Promise<readonly number[]> {
  const pids = await allPids();
  const statuses = await Promise.all(pids.map(processStatus));
  return pids.filter((_, index) => statuses[index]?.parent === parent);
}

export async function descendantsOf(ancestor: number): Promise<readonly number[]> {
  const children = await childrenOf(ancestor);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
}

export async function isAlive(pid: number): Promise<boolean> {
  return (await livingProcess(pid)) !== undefined;
}

async function describeDescendant(pid: number, dataDir: string): Promise<HostProcess | undefined> {
  const environment = await readProc(`${pid}/environ`);
  if (!leadsInto(environment, [dataDir])) return undefined;
  const [status, command] = [await processStatus(pid), await readProc(`${pid}/cmdline`)];
  return { pid, startTime: String(status?.startTicks ?? ''), command: command.replaceAll('\0', ' ').trim() };
}

/** A process may end between two looks, and may belong to somebody else: then there is nothing to read. */
async function readProc(path: string): Promise<string> {
  return readFile(`/proc/${path}`, 'utf8').catch(() => '');
}
