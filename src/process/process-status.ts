import { readdir, readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

/** USER_HZ, which is the same on all of Linux's architectures that Node.js knows. */
const MS_PER_TICK = 10;

/** What /proc/PID/stat says. */
export interface ProcessStatus {
  /** The first 15 characters of the program's name. */
  readonly name: string;
  /** The state as one letter; Z means that it has ended and that nobody has waited for it. */
  readonly state: string;
  readonly parent: number;
  /** When the process started, since the boot: another process with the same number has another start. */
  readonly startTicks: number;
}

/** Lists all processes that may be seen; none without /proc. */
export async function allPids(): Promise<readonly number[]> {
  const entries = await readdir('/proc').catch(() => []);
  return entries.map(Number).filter((pid) => Number.isInteger(pid) && pid > 0);
}

/**
 * Reads the status of a process that lives; undefined where it has ended, even if its parent wasn't
 * told yet.
 */
export async function livingProcess(pid: number): Promise<ProcessStatus | undefined> {
  const status = await processStatus(pid);
  return status === undefined || 'ZX'.includes(status.state) ? undefined : status;
}

/** Reads a process's status; undefined where there is no such process, or somebody hides it. */
export async function processStatus(pid: number): Promise<ProcessStatus | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // A name may hold anything, parentheses included; what follows it holds none.
  const [, name = '', rest = ''] = /^\d+ \((.*)\) ([^)]*)$/s.exec(text) ?? [];
  const fields = rest.split(' ');
  const [state, parent] = fields;
  if (state === undefined || state === '') return undefined;
  return { name, state, parent: Number(parent), startTicks: Number(fields[19]) };
}

export function ageMs({ startTicks }: Pick<ProcessStatus, 'startTicks'>): number {
  return uptime() * 1000 - startTicks * MS_PER_TICK;
}
