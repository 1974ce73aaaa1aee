import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { CREATE_LOCK_FOLDER } from '../cli/create-lock-flag.ts';
import { ENV_KEEP, parseEnvKeep } from '../cli/env-keep.ts';
import { startProgress } from '../cli/progress.ts';
import { STACK_FLAGS } from '../cli/stack-flags.ts';
import { withInterruption } from '../cli/with-interruption.ts';
import { EXIT_CODES } from '../faults/exit-codes.ts';
import { parseAddress, parseController } from '../bench/plan/flag-values.ts';
import { readinessTable } from '../doctor/readiness-table.ts';
import { BENCH_FLAGS } from '../cli/bench-flags.ts';

export default class Doctor extends BaseCommand {
  static override readonly summary = 'Say what is ready for a run and what is not, and what mends it.';
  static override readonly description =
    'Looks at host, limits, Python environment, controller, snapshot, the network both ways and memory limits. It mends nothing by itself. Ends with 3 when something that runs need is not ready.';
  static override readonly examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --controller http://127.0.0.1:8889 --token-file /etc/forkd/token --fork',
  ];

  static override readonly flags = {
    controller: BENCH_FLAGS.controller,
    'token-file': STACK_FLAGS['token-file'],
    'env-keep': ENV_KEEP,
    snapshot: Flags.string({ default: 'jupyter', summary: 'tag of the snapshot to look for' }),
    hub: Flags.string({ summary: 'URL by which guests are to reach the hub' }),
    fork: Flags.boolean({
      summary: 'fork and delete a sandbox on a controller at a URL; hubs on this machine wait their turn',
    }),
    'create-lock-folder': CREATE_LOCK_FOLDER,
    json: Flags.boolean({ summary: 'print the rows as JSON and nothing else' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const controller = parseController(flags.controller);
    const envKeep = parseEnvKeep(flags['env-keep'], { controller });
    const hub = flags.hub === undefined ? undefined : parseAddress('--hub', flags.hub);
    const { examine } = await import('../doctor/examine.ts');
    const progress = startProgress();
    const readiness = await withInterruption(async (signal) => {
      const lockFolder = flags['create-lock-folder'];
      const options = { controller, envKeep, hub, fork: flags.fork, lockFolder, signal };
      return examine(
        { ...options, tokenFile: flags['token-file'], snapshotTag: flags.snapshot },
        progress.update.bind(progress),
      );
    }).finally(() => progress.end());
    await this.show({ text: readinessTable(readiness), json: flags.json && JSON.stringify(readiness) });
    process.exitCode = EXIT_CODES[readiness.ready ? 'passed' : 'environment'].code;
  }
}
