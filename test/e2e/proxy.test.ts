import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { countingProxy } from '../helpers/counting-proxy.ts';
import { runCli } from '../helpers/run-cli.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxy-e2e-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('an HTTP proxy of the environment', () => {
  it('gets nothing of what stays on this machine, by Node or by Python', async () => {
    await using proxy = await countingProxy();
    const args = ['smoke', '--out', folder, '--budget', '60s', '--timeout', '90s'];

    const { exitCode, stdout, stderr } = await runCli(args, undefined, proxy.environment);

    expect(proxy.asked).toEqual([]);
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it.each([
    [['bench', '--yes', '--hub', 'http://hub.example:8000'], /hub\.example:8000/],
    [['doctor', '--controller', 'http://controller.example:8889'], /controller\.example:8889/],
  ])('is used by %j', async (args, address) => {
    await using proxy = await countingProxy();
    const token = join(folder, 'token');
    await writeFile(token, 'a-token-of-nobody', { mode: 0o600 });

    const { exitCode } = await runCli([...args, '--token-file', token], undefined, proxy.environment);

    expect(proxy.asked).toContainEqual(expect.stringMatching(address));
    expect(exitCode).toBe(3);
  });

  it('is only used where Node was told so', async () => {
    await using proxy = await countingProxy();
    const token = join(folder, 'token');
    await writeFile(token, 'a-token-of-nobody', { mode: 0o600 });
    const environment = { ...proxy.environment, NODE_USE_ENV_PROXY: '' };

    const { exitCode } = await runCli(
      ['bench', '--hub', 'http://hub.invalid', '--token-file', token],
      undefined,
      environment,
    );

    expect([proxy.asked, exitCode]).toEqual([[], 3]);
  });
});
