import { UsageError } from '../../faults/errors.ts';

interface Range {
  readonly min: number;
  readonly max: number;
}

/** The whole number that a flag was given; anything else is refused with the range in the message. */
export function parseWholeNumber(flag: string, text: string, { min, max }: Range): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(`${flag} must be a whole number from ${min} to ${max}, not '${text}'`);
  }
  return value;
}
