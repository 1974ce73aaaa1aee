import { readFile, stat } from 'node:fs/promises';

import { isRunning } from '../process/is-running.ts';

/** The process that holds a file's flock(2), by /proc/locks; undefined where that can't be told. */
export async function lockHolder(path: string): Promise<number | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    // Lines of those who only wait have an arrow in front.
    const line = new RegExp(`^\\d+: FLOCK +\\S+ +\\S+ +(\\d+) ${device(dev)}:${ino} `, 'm');
    const [, pid] = line.exec(await readFile('/proc/locks', 'utf8')) ?? [];
    // It is the process that has locked, which may have left the open file to another and ended.
    return pid !== undefined && isRunning(Number(pid)) ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Writes a device as the kernel does there: `00:18`.
 *
 * ref: https://man7.org/linux/man-pages/man3/makedev.3.html
 */
function device(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return [major, minor].map((part) => part.toString(16).padStart(2, '0')).join(':');
}
