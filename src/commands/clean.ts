import { Flags } from '@oclif/core';

import { clean } from '../clean/clean.ts';
import { BaseCommand } from '../cli/base-command.ts';
import { withInterruption } from '../cli/with-interruption.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { cleanList } from '../report/clean-list.ts';

export default class Clean extends BaseCommand {
  static override readonly summary = 'Remove caches of other releases and what dead runs have left.';
  static override readonly description =
    'Python environments in the cache folder, folders of ended runs in the temporary one (logs that --keep-logs kept among them), memory cgroups of dead controllers. What a process uses stays. Records stay.';
  static override readonly examples = ['<%= config.bin %> clean --dry-run'];

  static override readonly flags = {
    all: Flags.boolean({ summary: 'also the Python environments of this release' }),
    'dry-run': Flags.boolean({ summary: 'only say what would be removed' }),
    json: Flags.boolean({ summary: 'print what was found as JSON and nothing else' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Clean);
    const cleaned = await withInterruption(async (signal) =>
      clean({ all: flags.all, dryRun: flags['dry-run'], signal }),
    );
    this.log(flags.json ? JSON.stringify(cleaned) : cleanList(cleaned));
    const failed = cleaned.some(({ outcome }) => outcome === 'failed');
    process.exitCode = EXIT_CODES[failed ? 'environment' : 'passed'].code;
  }
}
