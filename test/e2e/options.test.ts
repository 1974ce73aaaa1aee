import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { ControllerClient } from '../../src/forkd/controller-client.ts';
import { startEmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { ensurePythonEnvironment } from '../../src/python/python-environment.ts';
import { runCli } from '../helpers/run-cli.ts';

// A busy machine must not turn these red: what is tested is that it works, not how fast.
const PATIENT = ['--budget', '60s', '--timeout', '90s'];
const TEST_TIMEOUT_MS = 300_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'options-test-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

it(
  'takes a token file by a path that is relative to the working folder, as does the hub that it starts',
  async () => {
    const { python } = await ensurePythonEnvironment();
    const controller = await startEmbeddedController({ dataDir: folder });
    try {
      const client = new ControllerClient(controller);
      await client.createSnapshot({ tag: 'jupyter', python });
      await client.close();
      const token = relative(folder, controller.tokenFile);

      const args = ['--controller', controller.url, '--token-file', token, '--out', folder];
      const { stdout, stderr, exitCode } = await runCli(
        ['smoke', ...PATIENT, ...args],
        undefined,
        {},
        folder,
      );

      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toContain('cell 1');
    } finally {
      await controller.stop();
    }
  },
  TEST_TIMEOUT_MS,
);

it(
  'keeps the logs of hub, parent and sandboxes where that is wanted, and says where',
  async () => {
    const { stderr, exitCode } = await runCli(['smoke', ...PATIENT, '--keep-logs', '--out', folder]);

    expect(exitCode).toBe(0);
    const [, kept = ''] = /^logs are kept in (\S+)$/m.exec(stderr) ?? [];
    expect(await readFile(join(kept, 'hub', 'hub.log'), 'utf8')).toContain('JupyterHub is now running');
    const ofController = await readdir(join(kept, 'controller'));
    expect(ofController).toContain('parent-jupyter.log');
    const ofSandboxes = ofController.filter((name) => name.startsWith('sb-'));
    expect(ofSandboxes.length).toBeGreaterThan(0);
    const texts = await Promise.all(
      ofSandboxes.map(async (name) => readFile(join(kept, 'controller', name), 'utf8')),
    );
    expect(texts.join('\n')).toContain('Jupyter Server');
    await rm(kept, { recursive: true });
  },
  TEST_TIMEOUT_MS,
);
