import { Command } from '@oclif/core';

import { EXIT_CODES } from '../exit-codes.ts';
import { describeError } from './describe-error.ts';

/** What all commands share: the one place where an error becomes a message and an exit code. */
export abstract class BaseCommand extends Command {
  /** Called by oclif with whatever `run` threw; by then everything is stopped. */
  protected override catch(error: Error): Promise<void> {
    const { reason, text } = describeError(error);
    process.stderr.write(text);
    process.exitCode = EXIT_CODES[reason].code;
    return Promise.resolve();
  }
}
