import { UsageError } from '../../faults/errors.ts';
import { parseWholeNumber } from './whole-number.ts';

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
