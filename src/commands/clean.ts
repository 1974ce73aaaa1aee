import { Flags } from '@oclif/core';

import { clean } from '../clean/clean.ts';
import { BaseCommand } from '../cli/base-command.ts';
import { pathFlag } from '../cli/path-flag.ts';
import { withInterruption } from '../cli/with-interruption.ts';
import { EXIT_CODES } from '../faults/exit-codes.ts';
import { parseLocalController } from '../bench/plan/flag-values.ts';
import { cleanList } from '../clean/clean-list.ts';

export default class Clean extends BaseCommand {
  static override readonly summary = 'Remove caches of other releases and what dead runs have left.';
  static override readonly description =
    'Python environments in the cache folder, folders of ended runs in the temporary one (logs that --keep-logs kept among them), memory cgroups of dead controllers. What is left running of a run whose process was killed is ended; in other temporary folders than that of this command (TMPDIR), it is only shown, as far as a process of yours names the folder or it is /tmp. What else a process uses stays, and so does a run whose terminal this command is typed in. Records stay. With --controller also microVMs that a forkd controller on this machine has lost: it was killed, and lists them no more.';
  static override readonly examples = [
    '<%= config.bin %> clean --dry-run',
    'sudo <%= config.bin %> clean --controller http://127.0.0.1:8889 --token-file /etc/forkd/token',
  ];

  static override readonly flags = {
    all: Flags.boolean({ summary: 'also the Python environments of this release' }),
    'dry-run': Flags.boolean({ summary: 'only say what would be removed' }),
    controller: Flags.string({
      summary:
        'URL of a forkd controller: also end microVMs that it does not list; root only, and only if typed',
    }),
    'token-file': pathFlag({ summary: 'file with the token of --controller' }),
    json: Flags.boolean({ summary: 'print what was found as JSON and nothing else' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Clean);
    const controller =
      flags.controller === undefined
        ? undefined
        : { url: parseLocalController(flags.controller), tokenFile: flags['token-file'] };
    const cleaned = await withInterruption(async (signal) =>
      clean({ all: flags.all, dryRun: flags['dry-run'], controller, signal }),
    );
    await this.show({ text: cleanList(cleaned), json: flags.json && JSON.stringify(cleaned) });
    const failed = cleaned.some(({ outcome }) => outcome === 'failed');
    process.exitCode = EXIT_CODES[failed ? 'environment' : 'passed'].code;
  }
}
