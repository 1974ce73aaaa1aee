import { createHash } from 'node:crypto';
import { constants, type FileHandle, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { messageOf } from '../caught-error.ts';
import { EnvironmentError } from '../errors.ts';
import { isAccessible } from '../is-accessible.ts';
import { openLocked } from '../process/locked-file.ts';

/** As long as a create of a hub may take by default: its `request_timeout`. */
const PATIENCE_MS = 30_000;

/** Hubs of several system users share the lock: who can read a file can lock it. */
const ANYBODY_READS = 0o644;

const LOOPBACK: readonly (string | undefined)[] = ['localhost', '127.0.0.1', '::1'];

export interface CreateLock {
  /** The controller's. */
  readonly url: string;
  /** As the hubs' `create_lock_folder`; undefined: the host's own for locks. */
  readonly folder: string | undefined;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `create` while no hub of this host creates sandboxes at the same controller: a genuine forkd
 * gives two microVMs one network namespace when creates overlap.
 *
 * ref: python/src/forkd_jupyter_spawner/create_lock.py, whose file this is
 */
export async function withCreateLock<T>(lock: CreateLock, create: () => Promise<T>): Promise<T> {
  const path = await createLockFile(lock);
  const file = await take(path, lock);
  try {
    return await create();
  } finally {
    // It may be another user's, in a folder of everybody's. Who waits for a file that is gone makes another.
    await unlink(path).catch(() => undefined);
    await file.close();
  }
}

export async function createLockFile({ url, folder }: CreateLock): Promise<string> {
  return join(folder ?? (await hostsLockFolder()), fileName(url));
}

async function take(path: string, { url, timeoutMs = PATIENCE_MS, signal }: CreateLock): Promise<FileHandle> {
  const file = await openLocked(path, ANYBODY_READS, { timeoutMs, signal }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw cannotLock(path, cause);
  });
  if (file !== undefined) return file;
  throw new EnvironmentError(
    `a hub has been creating sandboxes at ${url} for ${timeoutMs / 1000} s (it holds ${path})`,
    { hint: 'Try again when fewer servers start; `fuser -v FILE` names the process that holds it.' },
  );
}

/** Nothing is created then: what a hub starts at the same moment could be harmed. */
function cannotLock(path: string, cause: unknown): EnvironmentError {
  const hint = cause instanceof EnvironmentError ? cause.hint : undefined;
  return new EnvironmentError(
    `no sandbox is created without the lock that keeps it from overlapping with a hub's: ${messageOf(cause)} (${path})`,
    {
      hint: hint ?? 'Name the folder that c.ForkdSpawner.create_lock_folder names: --create-lock-folder.',
      cause,
    },
  );
}

async function hostsLockFolder(): Promise<string> {
  const folder = '/run/lock';
  return (await isAccessible(folder, constants.W_OK)) ? folder : tmpdir();
}

/**
 * One name for all ways to write the address of one controller. Read as Python's `urlsplit` does: a
 * `URL` writes some hosts anew, and the names would differ.
 */
function fileName(url: string): string {
  const [, scheme = '', inner, outer = '', given = ''] =
    /^([^:]*):\/\/(?:[^/?#]*@)?(?:\[([^\]]*)\]|([^:/?#]*))(?::(\d+))?/.exec(url) ?? [];
  const hostname = (inner ?? outer).toLowerCase();
  const host = LOOPBACK.includes(hostname) ? 'loopback' : hostname;
  const port = Number(given) || (scheme.toLowerCase() === 'https' ? 443 : 80);
  const digest = createHash('sha256').update(`${host}:${port}`).digest('hex');
  return `forkd-create-${digest.slice(0, 16)}.lock`;
}
