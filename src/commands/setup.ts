import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { startProgress } from '../cli/progress.ts';
import { withInterruption } from '../cli/with-interruption.ts';
import type { EnvironmentKind } from '../python/environment-kind.ts';
import { ensurePythonEnvironment } from '../python/python-environment.ts';

export default class Setup extends BaseCommand {
  static override readonly summary = 'Make the Python environment that hubs and sandboxes run in.';
  static override readonly description =
    'bench, smoke and hub do this by themselves when the environment is missing or stale.';
  static override readonly examples = ['<%= config.bin %> setup'];

  static override readonly flags = {
    json: Flags.boolean({ summary: 'print where it is and what is in it as JSON and nothing else' }),
    'for-tests': Flags.boolean({ summary: 'also install what the Python tests need', hidden: true }),
    hub5: Flags.boolean({ summary: 'JupyterHub 5 for the tests', hidden: true, dependsOn: ['for-tests'] }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Setup);
    const progress = startProgress();
    const environment = await withInterruption(async (signal) =>
      ensurePythonEnvironment({
        signal,
        kind: kindOf(flags['for-tests'], flags.hub5),
        onProgress: progress.update.bind(progress),
      }),
    ).finally(() => progress.end());
    await this.show({
      text: `ready: ${environment.directory}`,
      json: flags.json && JSON.stringify(environment),
    });
  }
}

function kindOf(forTests: boolean, hub5: boolean): EnvironmentKind {
  if (!forTests) return 'run';
  return hub5 ? 'test-hub5' : 'test';
}
