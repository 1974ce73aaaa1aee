import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { hasCode, messageOf } from '../caught-error.ts';
import { EnvironmentError } from '../errors.ts';
import { isRunning } from '../process/is-running.ts';
import type { EnvironmentOptions } from './python-environment.ts';

const CHECK_MS = 100;

/** Runs `use` while no other process on this machine holds the lock of the same folder. */
export async function withLock<T>(
  directory: string,
  { signal, onProgress }: EnvironmentOptions,
  use: () => Promise<T>,
): Promise<T> {
  const file = lockFile(directory);
  await makeParent(file);
  let told = false;
  while (!(await take(file))) {
    signal?.throwIfAborted();
    if (!told) {
      onProgress?.('waiting for another forkd-spawner that prepares the same environment');
      told = true;
    }
    await delay(CHECK_MS);
  }
  try {
    return await use();
  } finally {
    await rm(file, { force: true });
  }
}

/** The same where nobody holds the lock; otherwise false, at once. */
export async function withLockIfFree(directory: string, use: () => Promise<void>): Promise<boolean> {
  const file = lockFile(directory);
  // The first attempt may find, and remove, what a dead owner has left.
  if (!(await take(file)) && !(await take(file))) return false;
  try {
    await use();
    return true;
  } finally {
    await rm(file, { force: true });
  }
}

/** The process that holds a folder's lock; undefined where nobody does. */
export async function lockOwner(directory: string): Promise<number | undefined> {
  const owner = await readOwner(lockFile(directory));
  return Number.isNaN(owner) || !isRunning(owner) ? undefined : owner;
}

function lockFile(directory: string): string {
  return `${directory}.lock`;
}

async function readOwner(file: string): Promise<number> {
  return Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
}

async function makeParent(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
  } catch (cause) {
    const reason = messageOf(cause);
    throw new EnvironmentError(`the cache folder ${dirname(file)} cannot be made: ${reason}`, {
      hint: 'name another one in FORKD_SPAWNER_CACHE_DIR',
      cause,
    });
  }
}

/** The file holds its owner's pid: one whose owner is gone is nobody's. */
async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw new EnvironmentError(`the cache folder cannot be written: ${String(error)}`, {
        hint: 'name another one in FORKD_SPAWNER_CACHE_DIR',
        cause: error,
      });
    }
  }
  const owner = await readOwner(file);
  if (!Number.isNaN(owner) && !isRunning(owner)) {
    await rm(file, { force: true });
  }
  return false;
}
