import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { startProgress } from '../cli/progress.ts';
import { STACK_FLAGS, stackSettings } from '../cli/stack-flags.ts';
import { print } from '../cli/standard-streams.ts';
import { withInterruption } from '../cli/with-interruption.ts';
import { parseController, parseWholeNumber } from '../bench/plan/flag-values.ts';
import { findHubConfig, parseSpawner } from '../bench/plan/spawner.ts';
import type { Stack } from '../hub/local/start-stack.ts';
import { stayUntilAborted } from '../time/stay-until-aborted.ts';
import { BENCH_FLAGS } from '../cli/bench-flags.ts';
import { ISOLATION_OF_CONTROLLER } from '../record/backend-sentence.ts';

const PORT = { min: 1, max: 65_535 };

export default class Hub extends BaseCommand {
  static override readonly summary = 'Start a hub with the spawner and leave it up until Ctrl-C.';
  static override readonly examples = ['<%= config.bin %> hub --port 8000'];

  static override readonly flags = {
    controller: BENCH_FLAGS.controller,
    snapshot: BENCH_FLAGS.snapshot,
    spawner: BENCH_FLAGS.spawner,
    'hub-config': BENCH_FLAGS['hub-config'],
    port: Flags.string({ summary: 'port to open in the browser (default: a free one)' }),
    json: Flags.boolean({ summary: 'print url, apiToken and controllerUrl as one line of JSON' }),
    ...STACK_FLAGS,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Hub);
    const port = flags.port === undefined ? undefined : parseWholeNumber('--port', flags.port, PORT);
    const controller = parseController(flags.controller);
    const spawner = parseSpawner(flags.spawner);
    const settings = stackSettings(flags);
    const hubConfig = await findHubConfig(flags['hub-config']);
    const { EMBEDDED_SNAPSHOT } = await import('../hub/local/stack-controller.ts');
    const { startStack } = await import('../hub/local/start-stack.ts');
    const progress = startProgress();
    await withInterruption(async (signal) => {
      const stack = await startStack({
        controller,
        ...settings,
        snapshotTag: flags.snapshot ?? EMBEDDED_SNAPSHOT,
        ...{ spawner, hubConfig, port },
        onProgress: progress.update.bind(progress),
        signal,
      }).finally(() => progress.end());
      try {
        // Not shown elsewhere: it has the password.
        await print(flags.json ? describeAsJson(stack) : describe(stack, flags['keep-logs']));
        await stayUntilAborted(signal);
      } finally {
        await stack.stop();
      }
    });
  }
}

function describeAsJson({ hub, controller }: Stack): string {
  return JSON.stringify({
    url: hub.url,
    apiToken: hub.apiToken,
    controllerUrl: controller?.url ?? null,
    password: hub.password,
  });
}

function describe({ hub, controller, workDir }: Stack, keepsLogs: boolean): string {
  const isolation = controller?.kind === 'embedded' ? ` (${ISOLATION_OF_CONTROLLER.embedded})` : '';
  return [
    `JupyterHub is up:     ${hub.url}`,
    `log in as:            demo (or any name)`,
    `with the password:    ${hub.password}`,
    `API token:            ${hub.apiToken}`,
    `controller:           ${controller === undefined ? 'none' : controller.url + isolation}`,
    `logs:                 ${workDir}`,
    `Ctrl-C stops it and removes everything${keepsLogs ? ' but the logs' : ''}.`,
  ].join('\n');
}
