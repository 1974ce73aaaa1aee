import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

import { hasCode } from '../faults/caught-error.ts';
import { EnvironmentError } from '../faults/errors.ts';
import { findProgram } from '../process/find-program.ts';

/** flock(1) says so of a lock that another holds; its failures are 64 and above. */
const HELD = 1;

/** The file is not opened through a link, and a pipe in its place is not waited for. */
const FLAGS = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Why a file can't be opened for writing that may still be opened for reading; a folder is refused later. */
const READ_ONLY = ['EACCES', 'EROFS', 'EPERM', 'EISDIR'];

interface Patience {
  /** How long to wait for the lock; Infinity means as long as it takes. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Opens a file, made if there is none, and locks it with flock(2); undefined when another held it
 * all the time. The lock is the open file's: it ends when that is closed, by a SIGKILL as well.
 */
export async function openLocked(
  path: string,
  mode: number,
  { timeoutMs, signal }: Patience,
): Promise<FileHandle | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const file = await openOrMake(path, mode);
    let isOurs = false;
    try {
      const patience = { timeoutMs: Math.max(0, deadline - performance.now()), signal };
      if (!(await lock(file, '-x', patience))) return undefined;
      isOurs = await isAt(path, file);
      if (isOurs) return file;
    } finally {
      if (!isOurs) await file.close();
    }
  }
}

/** Whether somebody holds the lock of a file, which need not be there. */
export async function isHeld(path: string): Promise<boolean> {
  const file = await openFile(path, constants.O_RDONLY).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (file === undefined) return false;
  try {
    // Shared: two that only ask don't meet each other.
    return !(await lock(file, '-s', { timeoutMs: 0, signal: undefined }));
  } finally {
    await file.close();
  }
}

async function openOrMake(path: string, mode: number): Promise<FileHandle> {
  // Without O_CREAT first: in a folder that everybody may write to, the kernel can refuse it for a
  // file that another user has made (fs.protected_regular).
  return openToLock(path).catch(async (error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    return open(path, FLAGS | constants.O_RDWR | constants.O_CREAT, mode);
  });
}

/**
 * Opens the file for writing where we may: NFS makes a range lock of a flock(2), and an exclusive one
 * needs a file that is open for writing (else EBADF). Where we may not, as with another user's file,
 * it is opened for reading, which is enough elsewhere.
 *
 * ref: https://man7.org/linux/man-pages/man2/flock.2.html
 */
async function openToLock(path: string): Promise<FileHandle> {
  return openFile(path, constants.O_RDWR).catch(async (error: unknown) => {
    if (!READ_ONLY.some((code) => hasCode(error, code))) throw error;
    return openFile(path, constants.O_RDONLY);
  });
}

async function openFile(path: string, access: number): Promise<FileHandle> {
  const file = await open(path, FLAGS | access).catch((error: unknown) => {
    if (hasCode(error, 'ELOOP')) throw new Error('it is a symbolic link', { cause: error });
    throw error;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error('it is no file');
}

/**
 * Node.js has no flock(2). A child that gets the open file can lock it in our place: the lock stays
 * when the child has ended, since it belongs to what both have open.
 */
async function lock(file: FileHandle, how: '-x' | '-s', { timeoutMs, signal }: Patience): Promise<boolean> {
  const program = await findProgram('flock');
  if (program === undefined) {
    throw new EnvironmentError('there is no program flock to lock files with', {
      hint: 'apt-get install util-linux',
    });
  }
  const child = spawn(program, [how, ...limitOf(timeoutMs), '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file.fd],
    detached: true, // a Ctrl-C reaches us, who say so by `signal`
    ...(signal !== undefined && { signal }),
  });
  const [said] = await Promise.all([child.stderr === null ? '' : text(child.stderr), once(child, 'close')]);
  if (child.exitCode === 0) return true;
  if (child.exitCode === HELD) return false;
  throw new EnvironmentError(
    `${program} failed: ${said.trim() || (child.signalCode ?? `exit code ${child.exitCode ?? '?'}`)}`,
  );
}

/** The options of flock that limit the wait. There are none for no limit: BusyBox's flock knows none. */
function limitOf(timeoutMs: number): readonly string[] {
  if (timeoutMs === Infinity) return [];
  return timeoutMs === 0 ? ['-n'] : ['-w', (timeoutMs / 1000).toFixed(3)];
}

/** Whether the path still names the file: who held the lock before may have removed it. */
async function isAt(path: string, file: FileHandle): Promise<boolean> {
  try {
    const [named, opened] = await Promise.all([stat(path, { bigint: true }), file.stat({ bigint: true })]);
    return named.dev === opened.dev && named.ino === opened.ino;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
