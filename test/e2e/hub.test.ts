import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { freePorts } from '../../src/process/free-ports.ts';
import { runCli } from '../helpers/run-cli.ts';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const lineSchema = z.object({
  url: z.url(),
  apiToken: z.string().min(16),
  controllerUrl: z.url(),
  password: z.string().min(8),
});

/** The first line that it prints, or all that it printed on standard error. */
async function startHub(...args: string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [BIN, 'hub', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line]: unknown[] = await once(createInterface(child.stdout), 'line');
  return { child, line: String(line) };
}

async function temporaryFolders(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('forkd-spawner-'));
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('hub', { timeout: 120_000 }, () => {
  it('prints one line, lets a person log in, and leaves nothing after Ctrl-C', async () => {
    const before = await temporaryFolders();
    const [port = 0] = await freePorts(1);
    const { child, line } = await startHub('--json', '--port', String(port));

    const { url, apiToken, controllerUrl } = lineSchema.parse(JSON.parse(line));
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await (await fetch(`${url}/hub/login`)).text()).toContain('Sign in');
    const headers = { authorization: `token ${apiToken}` };
    expect((await fetch(`${url}/hub/api/users`, { headers })).status).toBe(200);
    expect((await fetch(`${controllerUrl}/healthz`)).status).toBe(200);

    child.kill('SIGINT');
    await once(child, 'exit');

    expect(child.exitCode).toBe(130);
    expect(await isListening(port)).toBe(false);
    expect(await isListening(Number(new URL(controllerUrl).port))).toBe(false);
    expect(await temporaryFolders()).toEqual(before);
  });

  it('names a port that is in use, and leaves nothing', async () => {
    const before = await temporaryFolders();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;

    const { exitCode, stderr } = await runCli(['hub', '--port', String(port)]);

    expect(exitCode).toBe(3);
    expect(stderr).toContain(`port ${port} of 127.0.0.1 cannot be used`);
    expect(await temporaryFolders()).toEqual(before);
    server.close();
  });

  it.each(['warming the snapshot', 'starting JupyterHub'])(
    'leaves nothing when it is interrupted while %s',
    async (moment) => {
      const before = await temporaryFolders();

      let sent = false;
      const { exitCode } = await runCli(['hub'], (stderr, kill) => {
        if (sent || !stderr.includes(moment)) return;
        sent = true;
        kill('SIGTERM');
      });

      expect(exitCode).toBe(130);
      expect(await temporaryFolders()).toEqual(before);
    },
  );
});

describe('wrong usage', () => {
  it.each([
    [['nonsense']],
    [['bench', '--nope']],
    [['hub', '--port', '70000']],
    [['bench', '--spawner', 'x']],
  ])('of %j ends with 2', async (args) => {
    expect((await runCli(args)).exitCode).toBe(2);
  });
});
