import { readFile } from 'node:fs/promises';

import { allPids } from '../../src/process/process-status.ts';

/** The pids of all processes whose first environment holds `NAME=value`. */
export async function findMarkedProcesses(marker: string): Promise<readonly number[]> {
  const pids = await allPids();
  const environments = await Promise.all(
    pids.map(async (pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => environments[index]?.split('\0').includes(marker) === true);
}
