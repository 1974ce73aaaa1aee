import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

/** USER_HZ, which is the same on all of Linux's architectures that Node.js knows. */
const MS_PER_TICK = 10;

/** What /proc/PID/stat says. */
export interface ProcessStatus {
  /** The first 15 characters of the program's name. */
  readonly name: string;
  readonly parent: number;
  /** Since the boot. A number that was given to another process has another start. */
  readonly startTicks: number;
}

/** Undefined where there is no such process, or only what its parent has still to be told. */
export async function processStatus(pid: number): Promise<ProcessStatus | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // A name may hold anything, parentheses included; what follows it holds none.
  const [, name = '', rest = ''] = /^\d+ \((.*)\) ([^)]*)$/s.exec(text) ?? [];
  const fields = rest.split(' ');
  const [state = '', parent = ''] = fields;
  if (name === '' || state === 'Z' || state === 'X') return undefined;
  return { name, parent: Number(parent), startTicks: Number(fields[19]) };
}

export function ageMs({ startTicks }: Pick<ProcessStatus, 'startTicks'>): number {
  return uptime() * 1000 - startTicks * MS_PER_TICK;
}
