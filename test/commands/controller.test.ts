import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { describe, expect, it, onTestFinished } from 'vitest';

import { ControllerClient } from '../../src/forkd/controller-client.ts';
import { builtCli } from '../helpers/built-cli.ts';
import { testPython } from '../helpers/python-environment.ts';
import { runCli } from '../helpers/run-cli.ts';

/** Of the tests' own interpreter, without any package. */
async function bareVirtualEnvironment(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'controller-test-'));
  onTestFinished(async () => rm(folder, { recursive: true }));
  await promisify(execFile)(await testPython(), ['-m', 'venv', '--without-pip', folder]);
  return join(folder, 'bin', 'python');
}

/** The parent has made a folder of its own, for a start that it acts out. */
async function untilRehearsing(temporary: string): Promise<void> {
  await expect
    .poll(() => readdir(temporary, { recursive: true }).catch(() => []), { timeout: 60_000 })
    .toContainEqual(expect.stringContaining('forkd-rehearsal-'));
}

describe('the controller command', () => {
  it('serves a warm snapshot at the address that it prints, until Ctrl-C', async () => {
    const args = [builtCli(), 'controller', '--port', '0', '--python', await testPython()];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const exited = once(child, 'exit');
    const printed: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      printed.push(line);
      if (line.startsWith('Ctrl-C')) break;
    }
    const text = printed.join('\n');
    expect(text).toContain('process fork, no isolation');
    const url = /controller_url = "(.*)"/.exec(text)?.[1] ?? '';
    const client = await ControllerClient.fromTokenFile(url, /token_file = "(.*)"/.exec(text)?.[1] ?? '');
    expect(await client.listSnapshots()).toMatchObject([{ tag: 'jupyter', bootable: true }]);

    child.kill('SIGINT');

    expect(await exited).toEqual([130, null]);
    await expect(client.version()).rejects.toThrow(/did not answer/);
    await client.close();
  });

  it('leaves nothing and ends with exit code 130 when it is interrupted while it warms up', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'controller-test-'));
    const args = ['controller', '--port', '0', '--python', await testPython()];
    let waiting: Promise<void> | undefined;
    const result = await runCli(
      args,
      (stderr, kill) => {
        if (!stderr.includes('warming')) return;
        waiting ??= untilRehearsing(temporary).then(() => {
          kill('SIGINT');
        });
      },
      { TMPDIR: temporary },
    );
    await waiting;

    expect(result.exitCode).toBe(130);
    expect(result.stderr).toMatch(/interrupted by SIGINT/);
    expect(result.stderr).not.toMatch(/is ready|bug|warning/);
    // Node.js keeps its cache of compiled modules there, which is no trace of a run.
    expect((await readdir(temporary)).filter((name) => name !== 'node-compile-cache')).toEqual([]);
    await rm(temporary, { recursive: true });
  });

  it('says what to install where the interpreter has no guest', async () => {
    const python = await bareVirtualEnvironment();

    const { exitCode, stderr } = await runCli(['controller', '--port', '0', '--python', python]);

    expect(exitCode).toBe(3);
    expect(stderr).toContain(`${python} has no module forkd_jupyter_guest`);
    expect(stderr).toContain(`${python} -m pip install 'forkd-jupyter-spawner[guest]'`);
  });

  it.each([
    [
      ['--port', '0', '--env-keep', 'TOKEN=secret-value'],
      2,
      /--env-keep takes names of variables, .*'TOKEN'/,
    ],
    [['--port', '70000'], 2, /--port/],
    [['--netns', '1001'], 2, /--netns must be a whole number from 0 to 1000/],
    [['--port', '0', '--python', '/nope/python'], 3, /python not found: \/nope\/python/],
    [['--port', '0', '--host', '192.0.2.200', '--python', '/nope'], 3, /cannot listen on 192\.0\.2\.200/],
  ])('refuses %j', async (flags, exitCode, message) => {
    const result = await runCli(['controller', ...flags]);

    expect([result.exitCode, result.stdout]).toEqual([exitCode, '']);
    expect(result.stderr).toMatch(message);
  });
});
