import { processStatus } from './process-status.ts';

/** The pids of who has started this process, of who has started them, and so on: as far as can be seen. */
export async function ownAncestors(): Promise<ReadonlySet<number>> {
  const ancestors = new Set<number>();
  for (let pid = process.ppid; pid > 0 && !ancestors.has(pid);) {
    ancestors.add(pid);
    pid = (await processStatus(pid))?.parent ?? 0;
  }
  return ancestors;
}
