import { createHash } from 'node:crypto';
import { constants, type FileHandle, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { messageOf } from '../faults/caught-error.ts';
import { EnvironmentError } from '../faults/errors.ts';
import { isAccessible } from '../process/is-accessible.ts';
import { lockHolder } from '../files/lock-holder.ts';
import { openLocked } from '../files/locked-file.ts';
import { temporaryFolder } from '../process/user-folders.ts';

/** How long a create of a hub may take by default: its `request_timeout`. */
const PATIENCE_MS = 30_000;

const OWNER_ONLY = 0o600;
const GROUP_AND_OTHERS_WRITE = 0o022;

const LOOPBACK: readonly (string | undefined)[] = ['localhost', '127.0.0.1', '::1'];

export interface CreateLock {
  /** The controller's. */
  readonly url: string;
  /** The folder that is the hubs' `create_lock_folder`; undefined: the host's own for locks. */
  readonly folder: string | undefined;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `create` while no hub of this host creates sandboxes at the same controller: a genuine forkd
 * gives two microVMs one network namespace when creates overlap.
 *
 * ref: python/src/forkd_jupyter_spawner/start/create_lock.py, whose file this is
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
  const mode = await modeIn(dirname(path));
  const file = await openLocked(path, mode, { timeoutMs, signal }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw cannotLock(path, cause);
  });
  if (file === undefined) throw isHeld(path, url, timeoutMs, await lockHolder(path));
  // Whatever the umask; it fails for what another user has made, which is as it made it.
  await file.chmod(mode).catch(() => undefined);
  return file;
}

/** Who can read a file can lock it: whoever may write to the folder, and nobody else. */
async function modeIn(folder: string): Promise<number> {
  const mode = await stat(folder).then(
    (status) => status.mode,
    () => 0, // opening the file says more
  );
  return OWNER_ONLY | ((mode & GROUP_AND_OTHERS_WRITE) << 1);
}

function isHeld(path: string, url: string, timeoutMs: number, pid: number | undefined): EnvironmentError {
  const holder = pid === undefined ? 'it' : `process ${pid}`;
  return new EnvironmentError(
    `a hub has been creating sandboxes at ${url} for ${timeoutMs / 1000} s (${holder} holds ${path})`,
    {
      hint:
        'Try again when fewer servers start. If what holds it is no hub (`fuser -v FILE` names it), end it: ' +
        '--create-lock-folder names a folder that only hubs may write to, as c.ForkdSpawner.create_lock_folder.',
    },
  );
}

/**
 * The error where the lock can't be had. Nothing is created then: it could harm what a hub starts
 * meanwhile.
 */
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
  return (await isAccessible(folder, constants.W_OK)) ? folder : temporaryFolder();
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
