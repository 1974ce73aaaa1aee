import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { parseConfiguration } from '../../src/cli/configuration.ts';
import { describeError } from '../../src/cli/describe-error.ts';
import { findFallbacks, toArguments } from '../../src/cli/fallbacks.ts';
import { runCli } from '../helpers/run-cli.ts';

const COMMANDS = new Map([
  [
    'bench',
    {
      users: { type: 'option' },
      floor: { type: 'boolean' },
      threshold: { type: 'option', multiple: true },
      'token-file': { type: 'option' },
    },
  ],
  ['controller', { python: { type: 'option' }, users: { type: 'option' } }],
  ['clean', { controller: { type: 'option' }, 'token-file': { type: 'option' } }],
] as const);

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fallbacks-test-'));
  file = join(folder, 'forkd-spawner.config.json');
  vi.stubEnv('FORKD_SPAWNER_CONFIG', file);
  await configure({});
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function configure(document: unknown): Promise<void> {
  await writeFile(file, JSON.stringify(document));
}

async function argumentsOf(command: string, ...argv: readonly string[]): Promise<readonly string[]> {
  return toArguments(await findFallbacks(COMMANDS, command, argv));
}

describe('a flag', () => {
  it('comes from the command line, else the environment, else the file, else nowhere', async () => {
    expect(await argumentsOf('bench')).toEqual([]);

    await configure({ users: 5 });
    expect(await argumentsOf('bench')).toEqual(['--users=5']);

    vi.stubEnv('FORKD_SPAWNER_USERS', '7');
    expect(await argumentsOf('bench')).toEqual(['--users=7']);

    expect(await argumentsOf('bench', '--users', '9')).toEqual([]);
    expect(await argumentsOf('bench', '--users=9')).toEqual([]);
  });

  it('that ends processes has to be typed', async () => {
    await configure({ commands: { clean: { controller: 'http://127.0.0.1:1', 'token-file': '/t' } } });
    vi.stubEnv('FORKD_SPAWNER_CONTROLLER', 'http://127.0.0.1:1');

    expect(await argumentsOf('clean')).toEqual(['--token-file=/t']);
  });

  it('of the environment that is empty is none', async () => {
    vi.stubEnv('FORKD_SPAWNER_USERS', '');

    expect(await argumentsOf('bench')).toEqual([]);
  });

  it('that is a switch can be put off by the environment, and by nothing but a word for it', async () => {
    await configure({ floor: true });
    expect(await argumentsOf('bench')).toEqual(['--floor']);

    vi.stubEnv('FORKD_SPAWNER_FLOOR', 'no');
    expect(await argumentsOf('bench')).toEqual([]);

    vi.stubEnv('FORKD_SPAWNER_FLOOR', 'maybe');
    await expect(argumentsOf('bench')).rejects.toThrow(
      "FORKD_SPAWNER_FLOOR must be true or false, not 'maybe'",
    );
  });

  it('has its dashes as underscores in the environment', async () => {
    vi.stubEnv('FORKD_SPAWNER_TOKEN_FILE', '/etc/forkd/token');

    expect(await argumentsOf('bench')).toEqual(['--token-file=/etc/forkd/token']);
  });

  it('may be a list in the file', async () => {
    await configure({ threshold: ['cell1:p50<1s', 'cell1:p95<2s'] });

    expect(await argumentsOf('bench')).toEqual(['--threshold=cell1:p50<1s', '--threshold=cell1:p95<2s']);
  });

  it('--python is not the interpreter that set-up builds on', async () => {
    vi.stubEnv('FORKD_SPAWNER_PYTHON', '/usr/bin/python3');
    expect(await argumentsOf('controller')).toEqual([]);

    vi.stubEnv('FORKD_SPAWNER_CONTROLLER_PYTHON', '/opt/python');
    expect(await argumentsOf('controller')).toEqual(['--python=/opt/python']);
  });

  it('that was typed after a lone -- was not typed', async () => {
    await configure({ users: 5 });

    expect(await argumentsOf('bench', '--', '--users')).toEqual(['--users=5']);
  });
});

describe('a configuration file', () => {
  const settingsOf = (document: unknown, command = 'bench'): unknown =>
    parseConfiguration(JSON.stringify(document), 'f.json', COMMANDS, command);

  it("has a command's own settings before those for all, and only what the command knows", () => {
    const document = { users: 1, floor: true, commands: { controller: { users: 2 } } };

    expect(settingsOf(document, 'bench')).toEqual({ users: '1', floor: true });
    expect(settingsOf(document, 'controller')).toEqual({ users: '2' });
  });

  it.each([
    [{ user: 5 }, 'forkd-spawner.config.json has an unknown key "user"', 'did you mean "users"?'],
    [{ zzzzzzzz: 5 }, 'unknown key "zzzzzzzz"', 'known are: users'],
    [{ commands: { benhc: {} } }, 'has an unknown key "benhc"', 'did you mean "bench"?'],
    [{ commands: { bench: { python: 'x' } } }, 'has an unknown key "python"', 'known are'],
    [{ users: null }, 'forkd-spawner.config.json is not a configuration file', 'it holds flags'],
    [{ floor: 'yes' }, 'must be true or false, not "yes"', ''],
    [{ users: [1, 2] }, 'must be one value', ''],
    [[], 'forkd-spawner.config.json is not a configuration file', 'it holds flags'],
  ])('%j is refused', async (document, message, hint) => {
    await configure(document);

    const error = await argumentsOf('bench').then(() => undefined, describeError);

    expect(error?.text).toContain(message);
    expect(error?.text).toContain(hint);
  });

  it('that is named must be there; the one of the working folder need not be', async () => {
    await rm(file);

    await expect(argumentsOf('bench')).rejects.toThrow('cannot read');
    vi.stubEnv('FORKD_SPAWNER_CONFIG', undefined);
    expect(await argumentsOf('bench')).toEqual([]);
  });
});

describe('the command line', () => {
  it('says where a wrong value comes from that nobody typed', async () => {
    await configure({ users: 0 });

    const { stderr, exitCode } = await runCli(['bench']);

    expect(stderr).toContain("--users must be a whole number from 1 to 1000, not '0'");
    expect(stderr).toContain(`--users comes from ${file}`);
    expect(exitCode).toBe(2);
  });

  it('checks a value of the environment as if it had been typed', async () => {
    const { stderr, exitCode } = await runCli(['hub'], undefined, { FORKD_SPAWNER_SPAWNER: 'nonsense' });

    expect(stderr).toContain('--spawner must be forkd, simple');
    expect(stderr).toContain('--spawner comes from FORKD_SPAWNER_SPAWNER');
    expect(exitCode).toBe(2);
  });
});
