import { readdir, readFile } from 'node:fs/promises';

/** A process, with its start time because pids are used again. */
export interface HostProcess {
  readonly pid: number;
  readonly startTime: string;
  readonly command: string;
}

/** The variable that every process of an embedded controller inherits (docs/protocols.md §3). */
const INSTANCE_VARIABLE = 'FORKD_CONTROLLER_INSTANCE';

/** All processes that descend from the embedded controller `instance`. Empty without /proc. */
export async function processesOfInstance(instance: string): Promise<readonly HostProcess[]> {
  const marker = `${INSTANCE_VARIABLE}=${instance}`;
  const found = await Promise.all((await listPids()).map((pid) => describeMarked(pid, marker)));
  return found.filter((process) => process !== undefined);
}

export async function childrenOf(parent: number): Promise<readonly number[]> {
  const pids = await listPids();
  const parents = await Promise.all(pids.map(parentOf));
  return pids.filter((_, index) => parents[index] === parent);
}

export async function descendantsOf(ancestor: number): Promise<readonly number[]> {
  const children = await childrenOf(ancestor);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
}

export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readProc(`${pid}/stat`);
  return stat !== '' && !stat.includes(') Z ');
}

async function describeMarked(pid: number, marker: string): Promise<HostProcess | undefined> {
  const environment = await readProc(`${pid}/environ`);
  if (!environment.split('\0').includes(marker)) return undefined;
  const [stat, command] = [await readProc(`${pid}/stat`), await readProc(`${pid}/cmdline`)];
  return { pid, startTime: startTimeOf(stat), command: command.replaceAll('\0', ' ').trim() };
}

/** Field 22 of stat; the fields are counted after the command's name, which may hold blanks. */
function startTimeOf(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Field 4 of stat. */
async function parentOf(pid: number): Promise<number> {
  const stat = await readProc(`${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

async function listPids(): Promise<readonly number[]> {
  const entries = await readdir('/proc').catch(() => []);
  return entries.map(Number).filter((pid) => Number.isInteger(pid) && pid > 0);
}

/** A process may end between two looks, and may belong to somebody else: then there is nothing to read. */
async function readProc(path: string): Promise<string> {
  return readFile(`/proc/${path}`, 'utf8').catch(() => '');
}
