import { UsageError } from '../../faults/errors.ts';
import { parseDurationMs, parseWholeNumber } from './flag-values.ts';

/** How long a run goes on. */
export interface Extent {
  /** Judged rounds, at most where there is a duration; one warm-up round comes on top. */
  readonly rounds: number;
  /** How long the run goes on, from the first judged round's start; no round is begun after that. */
  readonly durationMs?: number;
}

export interface ExtentFlags {
  readonly rounds?: string | undefined;
  /** The old name of `rounds`. */
  readonly cycles?: string | undefined;
  readonly duration?: string | undefined;
}

/**
 * So many servers may be started in all rounds together: the record keeps every user of every round, in some 0.7 to 1 KB
 * each, and is one text, which Node.js limits to 512 MB. Failures, with their logs, take more.
 */
export const MAX_STARTS = 100_000;

const DEFAULT_ROUNDS = '3';

/** Reads the one of the flags that was given; `startsPerRound` are those of comparisons, too. */
export function parseExtent(flags: ExtentFlags, startsPerRound: number): Extent {
  refuseSeveral(flags);
  const rounds = Math.floor(MAX_STARTS / startsPerRound);
  if (flags.duration !== undefined) {
    return { rounds, durationMs: parseDurationMs('--duration', flags.duration) };
  }
  const planned = parseRounds(flags);
  if (planned <= rounds) return { rounds: planned };
  throw new UsageError(
    `${planned} rounds with ${startsPerRound} servers each are more than the ${MAX_STARTS} that a record holds`,
    { hint: `give at most ${rounds} rounds, or fewer --users` },
  );
}

function parseRounds({ rounds = DEFAULT_ROUNDS, cycles }: ExtentFlags): number {
  const limits = { min: 1, max: MAX_STARTS };
  return cycles === undefined
    ? parseWholeNumber('--rounds', rounds, limits)
    : parseWholeNumber('--cycles', cycles, limits);
}

function refuseSeveral({ rounds, cycles, duration }: ExtentFlags): void {
  const given = Object.entries({ rounds, cycles, duration }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${value}`],
  );
  if (given.length < 2) return;
  throw new UsageError(`${given.join(' and ')} each say how long the run goes on`, {
    hint: 'leave all but one of them out, in environment and configuration file too',
  });
}
