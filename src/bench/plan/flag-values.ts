import { UsageError } from '../../faults/errors.ts';

const MS_PER_UNIT = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
]);

export const DURATION_UNITS = [...MS_PER_UNIT.keys()];

/** Milliseconds of a duration such as `500ms`, `1s`, `1.5s` or `2m`; `flag` names the culprit in errors. */
export function parseDurationMs(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text.trim());
  const durationMs = Number(match?.[1]) * (MS_PER_UNIT.get(match?.[2] ?? '') ?? Number.NaN);
  if (!(durationMs > 0)) {
    throw new UsageError(`${flag} must be a duration above zero such as 500ms, 1s or 2m, not '${text}'`);
  }
  return durationMs;
}

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

const USERS = { min: 1, max: 1000 };

/** Reads `5` or `1,5,20`: ascending, so that a machine that gives up does so at the end. */
export function parseUserCounts(text: string): readonly [number, ...number[]] {
  const [first = '', ...more] = text.split(',');
  const parse = (part: string): number => parseWholeNumber('--users', part.trim(), USERS);
  const counts: readonly [number, ...number[]] = [parse(first), ...more.map(parse)];
  const ascending = [...new Set(counts)].toSorted((a, b) => a - b);
  if (ascending.join() !== counts.join()) {
    throw new UsageError(`--users ${text} must be in ascending order, each number once`, {
      hint: `write --users ${ascending.join()}`,
    });
  }
  return counts;
}
