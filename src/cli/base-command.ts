import { Command } from '@oclif/core';

import { EXIT_CODES } from '../faults/exit-codes.ts';
import { printable } from '../text/printable.ts';
import type { CommandFlags } from './configuration.ts';
import { describeError } from './describe-error.ts';
import { type Fallback, findFallbacks, toArguments } from './fallbacks.ts';
import { print } from './standard-streams.ts';

interface Shown {
  /** What people read. */
  readonly text: string;
  /** What programs read, if they asked for it. */
  readonly json?: string | false;
}

/** What all commands share: where flags come from, and where an error becomes a message and an exit code. */
export abstract class BaseCommand extends Command {
  #fallbacks: readonly Fallback[] = [];

  /** A flag that isn't typed comes from the environment, else from the configuration file. */
  protected override async init(): Promise<void> {
    await super.init();
    this.#fallbacks = await findFallbacks(this.#commandFlags(), this.id ?? '', this.argv);
    this.argv = [...toArguments(this.#fallbacks), ...this.argv];
  }

  /**
   * Prints a result for programs or for people. Where standard output doesn't take it, people see it
   * on standard error: it may have taken an hour to find out.
   */
  protected async show({ text, json = false }: Shown): Promise<void> {
    try {
      await print(json === false ? printable(text) : json);
    } catch (error) {
      process.stderr.write(`${printable(text)}\n`);
      throw error;
    }
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

  /** Adds to a message where a flag comes from, for whoever hasn't typed it. */
  #originsIn(text: string): string {
    const named = this.#fallbacks.filter(({ name }) => text.includes(`--${name}`));
    return named.map(({ name, from }) => `  --${name} comes from ${from}\n`).join('');
  }
}
