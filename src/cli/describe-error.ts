import { EXIT_CODES, type ExitReason } from '../faults/exit-codes.ts';
import { ForkdSpawnerError } from '../faults/errors.ts';
import { printable } from '../text/printable.ts';
import { shortageIn } from '../faults/shortages.ts';

export interface DescribedError {
  readonly reason: ExitReason;
  /** What standard error gets, with a line break at its end. */
  readonly text: string;
}

/** What the user is told of an error, and how the command exits. */
export function describeError(error: unknown): DescribedError {
  if (isSuppressing(error)) return describeBoth(error);
  if (error instanceof ForkdSpawnerError) {
    const hint = error.hint === undefined ? '' : `  ${error.hint}\n`;
    return { reason: error.exitReason, text: `Error: ${printable(error.message)}\n${hint}` };
  }
  if (isWrongUsage(error)) {
    return { reason: 'usage', text: `Error: ${error.message}\n` };
  }
  const shortage = shortageIn(error);
  if (shortage !== undefined) {
    return {
      reason: 'environment',
      text: `Error: ${shortage.sentence}${where(error)}\n  ${shortage.remedy}\n`,
    };
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    reason: 'bug',
    text: `This is a bug in forkd-spawner (exit code ${EXIT_CODES.bug.code}):\n${details}\n`,
  };
}

/** What `using` throws where a block has failed, and then what it was to leave behind. */
interface Suppressing extends Error {
  /** The failure of the block, which came first. */
  readonly suppressed: unknown;
  /** Why something could not be stopped. */
  readonly error: unknown;
}

/** Node.js 22 has no class for it. */
function isSuppressing(error: unknown): error is Suppressing {
  return error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error;
}

/** The user is told of both; what came first says how the command exits. */
function describeBoth({ suppressed, error }: Suppressing): DescribedError {
  const { reason, text } = describeError(suppressed);
  return { reason, text: `${text}${describeError(error).text}` };
}

/** The file or program that Node's error is about, if it names one. */
function where(error: unknown): string {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? `: ${error.path}` : '';
}

/** oclif's own errors: unknown flags, missing values, values that are no option. */
function isWrongUsage(error: unknown): error is Error {
  return error instanceof Error && 'oclif' in error;
}
