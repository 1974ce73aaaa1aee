import type { ExitReason } from './exit-codes.ts';
import { shortageIn } from './shortages.ts';

interface ErrorDetails {
  /** What the user can do about it, as a sentence or a command. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * An expected failure: its message says what failed, with which value; its hint says what to do.
 * Anything else that reaches the top is a bug in us.
 */
export class ForkdSpawnerError extends Error {
  override readonly name: string = 'ForkdSpawnerError';
  readonly exitReason: ExitReason;
  readonly hint: string | undefined;

  constructor(exitReason: ExitReason, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.exitReason = exitReason;
    // Whoever wraps an error can't foresee that the machine has run out of something.
    this.hint = shortageIn(details.cause)?.remedy ?? details.hint;
  }
}

/** A flag, an argument or a file of the user's is wrong (exit code 2). */
export class UsageError extends ForkdSpawnerError {
  override readonly name = 'UsageError';
  constructor(message: string, details?: ErrorDetails) {
    super('usage', message, details);
  }
}

/** The machine, the network, the controller or the Python environment is not ready (exit code 3). */
export class EnvironmentError extends ForkdSpawnerError {
  override readonly name = 'EnvironmentError';
  constructor(message: string, details?: ErrorDetails) {
    super('environment', message, details);
  }
}

/** A signal ended the run (exit code 130). */
export class InterruptedError extends ForkdSpawnerError {
  override readonly name = 'InterruptedError';
  constructor(signal: string) {
    super('interrupted', `interrupted by ${signal}`);
  }
}
