import { Command } from '@oclif/core';

import { EXIT_CODES } from '../exit-codes.ts';
import type { CommandFlags } from './configuration.ts';
import { describeError } from './describe-error.ts';
import { type Fallback, findFallbacks, toArguments } from './fallbacks.ts';

/** What all commands share: where flags come from, and where an error becomes a message and an exit code. */
export abstract class BaseCommand extends Command {
  #fallbacks: readonly Fallback[] = [];

  /** A flag that isn't typed comes from the environment, else from the configuration file. */
  protected override async init(): Promise<void> {
    await super.init();
    this.#fallbacks = await findFallbacks(this.#commandFlags(), this.id ?? '', this.argv);
    this.argv = [...toArguments(this.#fallbacks), ...this.argv];
  }

  /** Called by oclif with whatever `run` threw; by then everything is stopped. */
  protected override catch(error: Error): Promise<void> {
    const { reason, text } = describeError(error);
    process.stderr.write(text);
    if (reason === 'usage') process.stderr.write(this.#originsIn(text));
    process.exitCode = EXIT_CODES[reason].code;
    return Promise.resolve();
  }

  #commandFlags(): CommandFlags {
    return new Map(this.config.commands.map(({ id, flags }) => [id, flags]));
  }

  /** Whoever typed no such flag must be told where it comes from. */
  #originsIn(text: string): string {
    const named = this.#fallbacks.filter(({ name }) => text.includes(`--${name}`));
    return named.map(({ name, from }) => `  --${name} comes from ${from}\n`).join('');
  }
}
