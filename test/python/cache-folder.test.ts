import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { EnvironmentError } from '../../src/faults/errors.ts';
import { cacheFolder, proveCacheFolder } from '../../src/python/cache-folder.ts';
import { ensurePythonEnvironment } from '../../src/python/python-environment.ts';
import { runCli } from '../helpers/run-cli.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** A set-up that goes as far as it can ends within it; one that loops doesn't. */
const PATIENCE_MS = 60_000;
const REGISTERED = join(userInfo().homedir, '.cache', 'forkd-spawner');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cache-folder-test-'));
  for (const name of ['FORKD_SPAWNER_CACHE_DIR', 'XDG_CACHE_HOME']) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

function set(variables: Variables): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

describe('the cache folder', () => {
  it.each<[string, Variables, string]>([
    ['the named one', { FORKD_SPAWNER_CACHE_DIR: '/c' }, '/c'],
    ['a relative one in the working folder', { FORKD_SPAWNER_CACHE_DIR: '.cache' }, `${process.cwd()}/.cache`],
    ["the user's where the name is empty", { FORKD_SPAWNER_CACHE_DIR: '', XDG_CACHE_HOME: '/x' }, '/x/forkd-spawner'],
    ['in the home', { HOME: '/h' }, '/h/.cache/forkd-spawner'],
    ['in the home where XDG_CACHE_HOME is empty', { XDG_CACHE_HOME: '', HOME: '/h' }, '/h/.cache/forkd-spawner'],
    ['in the home where XDG_CACHE_HOME is relative', { XDG_CACHE_HOME: 'x', HOME: '/h' }, '/h/.cache/forkd-spawner'],
    ['in the registered home where HOME is empty', { HOME: '' }, REGISTERED],
    ['in the registered home where HOME is not set', { HOME: undefined }, REGISTERED],
    ['one with spaces and letters of all kinds', { FORKD_SPAWNER_CACHE_DIR: '/my ß 猫' }, '/my ß 猫'],
  ])('is %s', (_, variables, expected) => {
    set(variables);

    expect(cacheFolder()).toBe(expected);
  });

  it.each<[string, Variables, RegExp]>([
    ['a relative home', { HOME: 'home' }, /^HOME is 'home', which is no absolute path$/],
    ['a line break', { FORKD_SPAWNER_CACHE_DIR: '/a\nb' }, /^the cache folder \/a\\nb cannot be used: .*control/],
    ['a colon', { FORKD_SPAWNER_CACHE_DIR: '/a:b' }, /^the cache folder \/a:b cannot be used: .*colon/],
    ['a path of 4000 bytes', { FORKD_SPAWNER_CACHE_DIR: '/abc'.repeat(1000) }, /more than 3584 bytes$/],
  ])('is refused with %s', (_, variables, message) => {
    set(variables);

    expect(cacheFolder).toThrow(expect.objectContaining({ exitReason: 'environment', message: expect.stringMatching(message) }));
  });
});

interface Place {
  readonly what: string;
  /** Makes it, and gives the variables that lead to it; undefined where this user can't. */
  readonly make: () => Promise<Variables> | Variables;
  readonly message: RegExp;
}

const IMPOSSIBLE: readonly Place[] = [
  { what: 'HOME is /proc/1', make: () => ({ HOME: '/proc/1' }), message: /\/proc\/1\/\.cache.*ENOENT/ },
  { what: 'it is in /sys', make: () => ({ FORKD_SPAWNER_CACHE_DIR: '/sys/a/b' }), message: /\/sys\/a.*EPERM|EROFS|EACCES/ },
  {
    what: 'HOME is a link to nowhere',
    make: async () => {
      await symlink(join(folder, 'nowhere'), join(folder, 'home'));
      return { HOME: join(folder, 'home') };
    },
    message: /home is a link to nowhere/,
  },
  {
    what: 'it is a link to nowhere',
    make: async () => {
      await symlink(join(folder, 'nowhere'), join(folder, 'cache'));
      return { FORKD_SPAWNER_CACHE_DIR: join(folder, 'cache') };
    },
    message: /cache is a link to nowhere/,
  },
  {
    what: 'a file is in its place',
    make: async () => {
      await writeFile(join(folder, 'cache'), '');
      return { FORKD_SPAWNER_CACHE_DIR: join(folder, 'cache') };
    },
    message: /cache is no folder/,
  },
  {
    what: 'a file is above it',
    make: async () => {
      await writeFile(join(folder, 'cache'), '');
      return { FORKD_SPAWNER_CACHE_DIR: join(folder, 'cache', 'a', 'b') };
    },
    message: /cache is no folder|ENOTDIR/,
  },
  {
    what: 'a name in it is too long',
    make: () => ({ FORKD_SPAWNER_CACHE_DIR: join(folder, 'a'.repeat(300)) }),
    message: /ENAMETOOLONG/,
  },
];

describe('an environment is not begun, and the doctor is not content, where', () => {
  it.each(IMPOSSIBLE)('$what', { timeout: PATIENCE_MS }, async ({ make, message }) => {
    const before = process.cwd();
    set(await make());

    const error: unknown = await ensurePythonEnvironment().catch((thrown: unknown) => thrown);
    const doubt: unknown = await proveCacheFolder(cacheFolder()).catch((thrown: unknown) => thrown);

    for (const said of [error, doubt]) {
      expect(said).toBeInstanceOf(EnvironmentError);
      expect(said).toMatchObject({
        message: expect.stringMatching(message),
        hint: expect.stringContaining('FORKD_SPAWNER_CACHE_DIR'),
      });
    }
    expect(process.cwd()).toBe(before);
  });
});

describe.skipIf(process.getuid?.() !== 0)('a file system', () => {
  let mounted: string;

  async function mount(options: string): Promise<void> {
    mounted = join(folder, 'mounted');
    await mkdir(mounted);
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mounted]);
    vi.stubEnv('FORKD_SPAWNER_CACHE_DIR', mounted);
  }

  afterEach(() => {
    execFileSync('umount', [mounted]);
  });

  it.each([
    ['without programs', 'noexec,size=2g', 'no program in it can be run'],
    ['that is read-only', 'ro', 'EROFS'],
    ['that is full', 'size=4k,nr_inodes=1', 'ENOSPC'],
    ['with little room', 'size=64m', 'MiB free, less than 640'],
  ])('%s is refused before anything is made', async (_, options, reason) => {
    await mount(options);

    await expect(ensurePythonEnvironment()).rejects.toMatchObject({
      exitReason: 'environment',
      message: expect.stringContaining(reason),
    });
    expect(await readdir(mounted)).toEqual([]);
  });
});

describe('setup', () => {
  it('names no blank folder, and says what is wrong with a home', async () => {
    const { stdout, stderr, exitCode } = await runCli(['setup'], undefined, {
      FORKD_SPAWNER_CACHE_DIR: '',
      XDG_CACHE_HOME: '',
      HOME: '/proc/1',
    });

    expect(stdout).toBe('');
    expect(stderr).toContain('/proc/1/.cache');
    expect(exitCode).toBe(3);
  });
});
