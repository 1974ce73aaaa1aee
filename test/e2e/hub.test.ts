import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { freePorts } from '../../src/process/free-ports.ts';
import { listen } from '../helpers/listen.ts';
import { type CliResult, runCli } from '../helpers/run-cli.ts';
import { startHub } from '../helpers/start-hub.ts';

const lineSchema = z.object({
  url: z.url(),
  apiToken: z.string().min(16),
  controllerUrl: z.url(),
  password: z.string().min(8),
});

/** A temp folder of its own for each run: other tests make theirs at the same time. */
let temporary: string;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'hub-test-'));
});

afterEach(async () => {
  await rm(temporary, { recursive: true });
});

/** Node.js keeps its cache of compiled modules there, which is no trace of a run. */
async function leftInTemporary(): Promise<readonly string[]> {
  return (await readdir(temporary)).filter((name) => name !== 'node-compile-cache');
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
    const [port = 0] = await freePorts(1);
    const { child, line } = await startHub(temporary, ['--json', '--port', String(port)]);

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
    expect(await leftInTemporary()).toEqual([]);
  });

  it('names a port that is in use, and leaves nothing', async () => {
    const server = createServer();
    const port = await listen(server);

    const { exitCode, stderr } = await runCli(['hub', '--port', String(port)], undefined, {
      TMPDIR: temporary,
    });

    expect(exitCode).toBe(3);
    expect(stderr).toContain(`port ${port} of 127.0.0.1 cannot be used`);
    expect(await leftInTemporary()).toEqual([]);
    server.close();
  });

  it.each(['warming the snapshot', 'starting JupyterHub'])(
    'leaves nothing when it is interrupted while %s',
    async (moment) => {
      let sent = false;
      const { exitCode } = await runCli(
        ['hub'],
        (stderr, kill) => {
          if (sent || !stderr.includes(moment)) return;
          sent = true;
          kill('SIGTERM');
        },
        { TMPDIR: temporary },
      );

      expect(exitCode).toBe(130);
      expect(await leftInTemporary()).toEqual([]);
    },
  );
});

describe('setup', () => {
  it('ends with 130 when it is interrupted while pip installs, and is made anew the next time', async () => {
    const python = join(temporary, 'python3');
    // It makes a "virtual environment" whose pip takes for ever.
    await writeFile(
      python,
      `#!/bin/sh
if [ "$1" = -c ]; then echo ${python}; echo 3.11.7; exit 0; fi
mkdir -p "$3/bin"; printf '#!/bin/sh\nexec sleep 600\n' > "$3/bin/pip"; chmod +x "$3/bin/pip"
`,
      { mode: 0o755 },
    );
    const env = { FORKD_SPAWNER_CACHE_DIR: join(temporary, 'cache'), FORKD_SPAWNER_PYTHON: python };
    const attempt = async (): Promise<CliResult> => {
      let sent = false;
      return runCli(
        ['setup'],
        (stderr, kill) => {
          if (sent || !stderr.includes('installing')) return;
          sent = true;
          kill('SIGINT');
        },
        env,
      );
    };

    const results = [await attempt(), await attempt()];

    expect(results.map(({ exitCode }) => exitCode)).toEqual([130, 130]);
    expect(results.at(1)?.stderr).toContain('making a Python environment');
  });
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
