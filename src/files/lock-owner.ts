import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

import { isRunning } from '../process/is-running.ts';

const OWNER = /^(\d+)(?: on (\S+))?$/;

/**
 * Notes who holds a lock, for messages only: where it can't be written, as in another user's file,
 * the lock holds.
 */
export async function writeLockOwner(path: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW;
  const file = await open(path, flags).catch(() => undefined);
  await file?.writeFile(`${process.pid} on ${hostname()}`).catch(() => undefined);
  await file?.close();
}

/**
 * Who holds the lock of a file, as part of a sentence. A number of a process in a container, or on
 * another machine, says nothing about processes here.
 */
export async function describeLockOwner(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, pid, host] = OWNER.exec(text) ?? [];
  if (pid === undefined) return 'another process';
  if (host !== undefined && host !== hostname()) return `process ${pid} on ${host}`;
  return isRunning(Number(pid)) ? `process ${pid}` : `what process ${pid} has left running`;
}
