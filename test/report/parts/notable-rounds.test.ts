import { describe, expect, it } from 'vitest';

import { notableRounds, notableRoundsNote } from '../../../src/report/parts/notable-rounds.ts';
import type { RoundRecord } from '../../../src/record/run-record.ts';
import { completedUser, failedUser, roundRecord } from '../../helpers/run-records.ts';

const DIED = failedUser('b', { stage: 'serverReady', message: 'died', logLines: [] });

/** Each a millisecond faster than the one before. */
function rounds(count: number): readonly RoundRecord[] {
  return Array.from({ length: count }, (_, index) => roundRecord(index, [completedUser('a', 1000 - index)]));
}

describe('notableRounds', () => {
  it('are all of them where they are few', () => {
    expect(notableRounds(rounds(40))).toEqual(rounds(40));
    expect(notableRoundsNote(rounds(40))).toEqual([]);
  });

  it('are those with a failure and the slowest, in their order, where they are many', () => {
    const many = [...rounds(100), roundRecord(100, [completedUser('a', 1), DIED])];

    expect(notableRounds(many).map(({ index }) => index)).toEqual([
      ...Array.from({ length: 39 }, (_, index) => index),
      100,
    ]);
    expect(notableRoundsNote(many)).toEqual([
      '40 of 101 rounds: those in which somebody did not get through, and the slowest',
    ]);
  });
});
