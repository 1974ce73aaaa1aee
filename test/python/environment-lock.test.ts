import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { EnvironmentError } from '../../src/faults/errors.ts';
import { lockOwner, withEnvironmentLock, withLockIfFree } from '../../src/python/environment-lock.ts';
import { isRunning } from '../embedded/host.ts';

const HOLDER = fileURLToPath(new URL('programs/hold-lock.ts', import.meta.url));
const DEADLINE = { timeout: 30_000, interval: 10 };
const WORKS = Promise.resolve('ours');

let folder: string;
let directory: string;
let lock: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-test-'));
  directory = join(folder, 'run-0123456789ab');
  lock = `${directory}.lock`;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** What becomes of one who prepares the environment, doctor's question, and the removal of `clean`. */
async function outcomes(): Promise<readonly unknown[]> {
  const told = (error: unknown): unknown => {
    if (!(error instanceof EnvironmentError)) throw error;
    return `${error.exitReason}: ${error.message} (${error.hint ?? ''})`;
  };
  return [
    await lockOwner(directory).catch(told),
    await withLockIfFree(directory, () => Promise.resolve()).catch(told),
    await withEnvironmentLock(directory, {}, async () => WORKS).catch(told),
  ];
}

describe('the lock of an environment', () => {
  it('makes two wait for each other', async () => {
    const log: string[] = [];
    const work = async (name: string): Promise<void> =>
      withEnvironmentLock(directory, {}, async () => {
        log.push(`${name} in`);
        await mkdir(join(folder, name));
        log.push(`${name} out`);
      });

    await Promise.all([work('a'), work('b')]);

    const [first, second] = log[0] === 'a in' ? ['a', 'b'] : ['b', 'a'];
    expect(log).toEqual([`${first} in`, `${first} out`, `${second} in`, `${second} out`]);
    expect((await readdir(folder)).toSorted()).toEqual(['a', 'b']);
  });

  it.each([
    ['of a process that is gone', String(2 ** 22 + 1)],
    ['of a process number that somebody else has now', String(process.pid)],
    ['that holds 1', '1'],
    ['that is empty', ''],
    ['that holds anything', '\u001b[2J not a number\n'],
  ])('is free with a file in its place %s', async (_, text) => {
    await writeFile(lock, text);

    expect(await outcomes()).toEqual([undefined, true, 'ours']);
  });

  it.skipIf(process.getuid?.() !== 0)('is free with a file of another user', async () => {
    await writeFile(lock, '4711', { mode: 0o644 });
    await chown(lock, 12_345, 12_345);

    expect(await outcomes()).toEqual([undefined, true, 'ours']);
  });

  it.each([
    ['a folder', async () => mkdir(lock)],
    ['a link to nowhere', async () => symlink(join(folder, 'nowhere'), lock)],
    ['a link to a file', async () => symlink('/etc/passwd', lock)],
    ['a named pipe', () => execFileSync('mkfifo', [lock])],
  ])('cannot be taken with %s in its place, and everybody says so', async (_, put) => {
    await put();

    const said = expect.stringMatching(
      /^environment: the lock .*\.lock cannot be taken: it is (no file|a symbolic link) \(remove .*\.lock/,
    );
    expect(await outcomes()).toEqual([said, said, said]);
  });

  it('is taken where an exclusive one needs a file that is open for writing, as on NFS', async () => {
    const program = execFileSync('sh', ['-c', 'command -v flock'], { encoding: 'utf8' }).trim();
    const flock = join(folder, 'flock');
    await writeFile(
      flock,
      [
        '#!/bin/sh',
        'while read -r name flags; do [ "$name" = flags: ] && break; done < /proc/$$/fdinfo/3',
        'case "$1 $flags" in',
        '  "-x "*[04]) echo "flock: 3: Bad file descriptor" >&2; exit 65;;',
        'esac',
        `exec ${program} "$@"`,
      ].join('\n'),
      { mode: 0o755 },
    );
    vi.stubEnv('PATH', folder);
    await writeFile(lock, '');

    expect(await outcomes()).toEqual([undefined, true, 'ours']);
    await rm(lock, { force: true });
    expect(await outcomes()).toEqual([undefined, true, 'ours']);
  });

  it('cannot be taken where the file system has no locks', async () => {
    const flock = join(folder, 'flock');
    await writeFile(flock, '#!/bin/sh\necho "flock: 3: No locks available" >&2\nexit 71\n', { mode: 0o755 });
    vi.stubEnv('PATH', folder);
    await writeFile(lock, '');

    const said = expect.stringMatching(/cannot be taken: .*No locks available.*FORKD_SPAWNER_CACHE_DIR/);
    expect(await outcomes()).toEqual([said, said, said]);
  });

  it('tells who waits who holds it, and ends the waiting at an interruption', async () => {
    const interruption = new AbortController();
    const said: string[] = [];
    const onProgress = (message: string): void => {
      said.push(message);
      interruption.abort(new Error('Ctrl-C'));
    };

    await withEnvironmentLock(directory, {}, async () => {
      expect(await readFile(lock, 'utf8')).toBe(`${process.pid} on ${hostname()}`);
      const waiting = withEnvironmentLock(directory, { onProgress, signal: interruption.signal }, async () => WORKS);
      await expect(waiting).rejects.toThrow('Ctrl-C');
    });

    expect(said).toEqual([`waiting for process ${process.pid}, which prepares the same environment`]);
  });

  it('names no process of this machine for one of another machine or container', async () => {
    await withEnvironmentLock(directory, {}, async () => {
      await writeFile(lock, `${process.pid} on elsewhere`);

      expect(await lockOwner(directory)).toBe(`process ${process.pid} on elsewhere`);
    });
  });

  it('outlives a killed owner as long as a program of it writes, and no longer', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const holder = spawn(process.execPath, [HOLDER, directory, pipe], { stdio: ['ignore', 'ignore', 'inherit'] });
    const input = await open(pipe, 'r+');
    await expect.poll(() => readdir(folder), DEADLINE).toContain('pipe.read');
    expect(await lockOwner(directory)).toBe(`process ${holder.pid ?? 0}`);

    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(await isRunning(holder.pid ?? 0)).toBe(false);
    expect(await lockOwner(directory)).toBe(`what process ${holder.pid ?? 0} has left running`);
    expect(await withLockIfFree(directory, () => Promise.resolve())).toBe(false);

    await input.close();
    await expect.poll(async () => lockOwner(directory), DEADLINE).toBeUndefined();
    expect(await outcomes()).toEqual([undefined, true, 'ours']);
  });
});
