import { Errors, run } from '@oclif/core';

import { EXIT_CODES } from '../faults/exit-codes.ts';
import { describeError } from './describe-error.ts';
import { keepLoopbackDirect } from './keep-loopback-direct.ts';
import { resolveTemporaryFolder } from './resolve-temporary-folder.ts';
import { guardStandardStreams, requireOutput } from './standard-streams.ts';

/**
 * Runs the command that the arguments name. oclif's own `execute` ends with 1, 'a criterion failed',
 * after errors that have nothing to do with one.
 * @param entry the URL of the program's first module
 */
export async function main(entry: string): Promise<void> {
  process.once('uncaughtException', endAtOnce);
  try {
    guardStandardStreams();
    keepLoopbackDirect();
    resolveTemporaryFolder();
    await run(process.argv.slice(2), entry);
    await requireOutput();
  } catch (error) {
    if (error instanceof Errors.ExitError) process.exitCode = error.oclif.exit ?? 0;
    else explain(error);
  }
}

/** Says what went wrong and sets the exit code. */
function explain(error: unknown): void {
  const { reason, text } = describeError(error);
  process.stderr.write(text);
  process.exitCode = EXIT_CODES[reason].code;
}

/** Ends at once, because nobody knows what still works after such an error. */
function endAtOnce(error: unknown): void {
  explain(error);
  process.exit();
}
