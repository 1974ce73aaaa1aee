import { hasCode } from '../faults/caught-error.ts';

/** Whether there is a process of this ID, whoever's. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}
