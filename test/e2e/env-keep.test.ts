import { describe, expect, it } from 'vitest';

import { Inspection } from '../../src/doctor/inspection.ts';
import { Cleanup } from '../../src/process/cleanup.ts';
import { type CliResult, runCli } from '../helpers/run-cli.ts';

/* Only a controller that the command starts itself can hand on variables of the command's. */

const NOBODY = 'http://127.0.0.1:1';
const VARIABLE = 'ENV_KEEP_TEST';

/** With its sentences on one line; a command that starts something after all is not left running. */
async function refusalOf(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Pick<CliResult, 'exitCode' | 'stderr'>> {
  const end = (stderr: string, kill: (signal: NodeJS.Signals) => void): void => {
    if (stderr.includes('starting')) kill('SIGINT');
  };
  const { stderr, exitCode } = await runCli(args, end, env);
  return { stderr: stderr.replaceAll(/\s+/g, ' '), exitCode };
}

describe('--env-keep', () => {
  it.each(['bench', 'smoke', 'hub', 'accept', 'profile', 'doctor'])(
    'is refused by %s for a controller that runs already',
    async (command) => {
      const args = [command, '--env-keep', VARIABLE, '--controller', NOBODY];

      const { stderr, exitCode } = await refusalOf(args);

      expect(exitCode).toBe(2);
      expect(stderr).toContain(`--env-keep cannot be used with --controller ${NOBODY}`);
      expect(stderr).toContain('forkd-spawner controller --env-keep NAME');
      expect(stderr).toContain('c.ForkdSpawner.environment');
    },
  );

  it('is refused for a hub that runs already, before anybody is asked anything', async () => {
    const hub = ['--hub', NOBODY, '--token-file', '/dev/null', '--users', '50'];

    const { stderr, exitCode } = await refusalOf(['bench', ...hub, '--env-keep', VARIABLE]);

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--env-keep cannot be used with --hub .*the configuration of that hub/);
  });

  it.each(['bench', 'smoke', 'hub'])(
    'is refused by %s for a spawner that needs no controller, wherever the flag comes from',
    async (command) => {
      const environment = { FORKD_SPAWNER_ENV_KEEP: VARIABLE };

      const { stderr, exitCode } = await refusalOf([command, '--spawner', 'simple'], environment);

      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/--env-keep cannot be used with --spawner simple.* c\.Spawner\.env_keep/);
      expect(stderr).toContain('--env-keep comes from FORKD_SPAWNER_ENV_KEEP');
    },
  );

  it('takes no values in doctor either, and repeats none', async () => {
    const { stderr, exitCode } = await refusalOf(['doctor', '--env-keep', 'TOKEN=secret-value']);

    expect(exitCode).toBe(2);
    expect(stderr).toContain("'TOKEN'");
    expect(stderr).not.toContain('secret-value');
  });

  it('is what the sandbox of the doctor has, too', async ({ onTestFinished }) => {
    process.env[VARIABLE] = 'kept';
    const cleanup = new Cleanup();
    onTestFinished(async () => {
      Reflect.deleteProperty(process.env, VARIABLE);
      await cleanup.run();
    });
    const inspection = new Inspection(
      {
        ...{ controller: 'embedded', snapshotTag: 'jupyter', envKeep: [VARIABLE], fork: false },
        ...{ tokenFile: undefined, lockFolder: undefined, hub: undefined },
        signal: new AbortController().signal,
      },
      cleanup,
    );
    const { python } = await inspection.environment();
    const client = await inspection.controller();
    await client.createSnapshot({ tag: 'jupyter', python });

    const { stdout } = await inspection.exec(['printenv', VARIABLE]);

    expect(stdout.trim()).toBe('kept');
  });
});
