import { readFile } from 'node:fs/promises';

import { type Area, type Finding, notChecked, notReady, ready } from './check.ts';

/** Hub, proxy and client hold some 20 files a user: enough for fifty. */
const NEEDED_FILES = 1024;
/** A user is an agent, a server and a kernel with some 20 threads; a thread counts as a process. */
const NEEDED_PROCESSES = 1024;

export const LIMITS_AREA: Area = {
  name: 'limits',
  checks: [
    { name: 'open files', look: async () => lookAt('Max open files', NEEDED_FILES, 'ulimit -n') },
    { name: 'processes', look: async () => lookAt('Max processes', NEEDED_PROCESSES, 'ulimit -u') },
  ],
};

async function lookAt(name: string, needed: number, command: string): Promise<Finding> {
  const limit = parseSoftLimit(await readFile('/proc/self/limits', 'utf8').catch(() => ''), name);
  if (limit === undefined) return notChecked('/proc/self/limits does not say');
  if (limit >= needed) return ready(limit === Infinity ? 'unlimited' : String(limit));
  return notReady(`${limit}, less than ${needed}`, `${command} ${needed}`);
}

/** Reads `Max open files            1024                 524288               files`. */
export function parseSoftLimit(table: string, name: string): number | undefined {
  const line = table.split('\n').find((one) => one.startsWith(name));
  const soft = line?.slice(name.length).trim().split(/\s+/)[0];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Infinity : Number(soft);
}
