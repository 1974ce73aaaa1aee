import { readFile } from 'node:fs/promises';

import { EnvironmentError } from '../faults/errors.ts';
import { isAccessible } from './is-accessible.ts';

const KIB_PER_MIB = 1024;

/** The memory of one or more processes, in MiB. */
export interface Memory {
  readonly ussMib: number;
  readonly pssMib: number;
  readonly rssMib: number;
}

const NONE: Memory = { ussMib: 0, pssMib: 0, rssMib: 0 };

/** Fails with a sentence on a system whose processes can't be looked into. */
export async function requireMemoryReadings(): Promise<void> {
  if (await isAccessible('/proc/self/smaps_rollup')) return;
  throw new EnvironmentError('--memory reads /proc/*/smaps_rollup, which this system does not have', {
    hint: 'measure memory on Linux, or leave --memory out',
  });
}

/** The sum over processes; one that has ended has none. */
export async function memoryOf(pids: readonly number[]): Promise<Memory> {
  const all = await Promise.all(pids.map(readMemory));
  return all.reduce(add, NONE);
}

export function divide({ ussMib, pssMib, rssMib }: Memory, by: number): Memory {
  return { ussMib: round(ussMib / by), pssMib: round(pssMib / by), rssMib: round(rssMib / by) };
}

function add(a: Memory, b: Memory): Memory {
  return {
    ussMib: round(a.ussMib + b.ussMib),
    pssMib: round(a.pssMib + b.pssMib),
    rssMib: round(a.rssMib + b.rssMib),
  };
}

async function readMemory(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const mib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / KIB_PER_MIB;
  return { ussMib: mib('Private_Clean') + mib('Private_Dirty'), pssMib: mib('Pss'), rssMib: mib('Rss') };
}

function round(mib: number): number {
  return Math.round(mib * 100) / 100;
}
