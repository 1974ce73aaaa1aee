import { describe, expect, it } from 'vitest';

import { UsageError } from '../../../src/faults/errors.ts';
import { parseExtent } from '../../../src/bench/plan/extent.ts';

describe('parseExtent', () => {
  it('is three rounds unless told otherwise', () => {
    expect(parseExtent({}, 5)).toEqual({ rounds: 3 });
  });

  it('takes as many rounds as a record can hold', () => {
    expect(parseExtent({ rounds: '5000' }, 5)).toEqual({ rounds: 5000 });
  });

  it('still knows rounds by their old name', () => {
    expect(parseExtent({ cycles: '5000' }, 5)).toEqual({ rounds: 5000 });
  });

  it('ends a duration before the record is full, whatever the users', () => {
    expect(parseExtent({ duration: '10m' }, 20)).toEqual({ durationMs: 600_000, rounds: 5000 });
  });

  it.each([
    [{ rounds: '3', duration: '1m' }, '--rounds 3 and --duration 1m each say how long the run goes on'],
    [{ rounds: '3', cycles: '9' }, '--rounds 3 and --cycles 9 each'],
    [{ cycles: '9', duration: '1m' }, '--cycles 9 and --duration 1m each'],
    [{ duration: 'long' }, "--duration must be a duration above zero such as 500ms, 1s or 2m, not 'long'"],
    [{ cycles: '0' }, '--cycles must be a whole number from 1 to 100000'],
    [{ rounds: '100001' }, '--rounds must be a whole number from 1 to 100000'],
    [{ rounds: '20001' }, '20001 rounds with 5 servers each are more than the 100000 that a record holds'],
  ])('refuses %j', (flags, message) => {
    expect(() => parseExtent(flags, 5)).toThrow(UsageError);
    expect(() => parseExtent(flags, 5)).toThrow(message);
  });
});
