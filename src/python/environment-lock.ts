import { type FileHandle, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { messageOf } from '../faults/caught-error.ts';
import { EnvironmentError } from '../faults/errors.ts';
import { makeFolder } from '../files/make-folder.ts';
import { describeLockOwner, writeLockOwner } from '../files/lock-owner.ts';
import { isHeld, openLocked } from '../files/locked-file.ts';
import { ANOTHER_FOLDER } from './cache-folder.ts';

/** Users who share a cache folder can see, and wait for, each other's locks. */
const ANYBODY_READS = 0o644;

interface Waiting {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/**
 * Runs `use` while nobody else holds the lock of an environment's folder. The lock is an open file's:
 * whoever inherits the file keeps it, and when all of them have ended, however, it is free.
 */
export async function withEnvironmentLock<T>(
  directory: string,
  { signal, onProgress }: Waiting,
  use: (lock: FileHandle) => Promise<T>,
): Promise<T> {
  const path = lockFile(directory);
  await makeParent(path);
  let lock = await take(path, { timeoutMs: 0, signal });
  if (lock === undefined) {
    onProgress?.(`waiting for ${await describeLockOwner(path)}, which prepares the same environment`);
    lock = await take(path, { timeoutMs: Infinity, signal });
  }
  if (lock === undefined) throw new Error('flock ended without the lock that it had all time to wait for');
  return useLocked(path, lock, use);
}

/** The same where nobody holds the lock; otherwise false, at once. */
export async function withLockIfFree(directory: string, use: () => Promise<void>): Promise<boolean> {
  const path = lockFile(directory);
  const lock = await take(path, { timeoutMs: 0, signal: undefined });
  if (lock === undefined) return false;
  await useLocked(path, lock, use);
  return true;
}

/** Who holds the lock of an environment's folder, as part of a sentence; undefined where nobody does. */
export async function lockOwner(directory: string): Promise<string | undefined> {
  const path = lockFile(directory);
  const held = await isHeld(path).catch((cause: unknown) => {
    throw cannotLock(path, cause);
  });
  return held ? describeLockOwner(path) : undefined;
}

function lockFile(directory: string): string {
  return `${directory}.lock`;
}

async function useLocked<T>(
  path: string,
  lock: FileHandle,
  use: (lock: FileHandle) => Promise<T>,
): Promise<T> {
  try {
    await writeLockOwner(path);
    return await use(lock);
  } finally {
    // Who waits for a file that is gone makes another one.
    await unlink(path).catch(() => undefined);
    await lock.close();
  }
}

async function makeParent(path: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
  } catch (cause) {
    throw new EnvironmentError(`the cache folder ${dirname(path)} cannot be made: ${messageOf(cause)}`, {
      hint: ANOTHER_FOLDER,
      cause,
    });
  }
}

async function take(
  path: string,
  patience: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<FileHandle | undefined> {
  return openLocked(path, ANYBODY_READS, patience).catch((cause: unknown) => {
    patience.signal?.throwIfAborted();
    throw cannotLock(path, cause);
  });
}

function cannotLock(path: string, cause: unknown): EnvironmentError {
  const hint = cause instanceof EnvironmentError ? cause.hint : undefined;
  const remove = `remove ${path} if there is something in its place, or ${ANOTHER_FOLDER}`;
  return new EnvironmentError(`the lock ${path} cannot be taken: ${messageOf(cause)}`, {
    hint: hint ?? remove,
    cause,
  });
}
