import { describe, expect, it } from 'vitest';

import { roundEndLine, roundStartLine } from '../../../src/report/text/progress-lines.ts';
import { completedUser, failedUser, roundRecord } from '../../helpers/run-records.ts';

describe('roundStartLine', () => {
  it('tells the warm-up round from the judged ones', () => {
    const plan = { users: 5, rounds: 3, how: 'at once' };

    expect(roundStartLine({ index: 0, warmup: true }, plan)).toBe('warm-up round: 5 users at once …');
    expect(roundStartLine({ index: 3, warmup: false }, plan)).toBe('round 3 of 3: 5 users at once …');
  });
});

describe('roundEndLine', () => {
  it('counts who got through and names the slowest', () => {
    const failed = failedUser('c', { stage: 'serverReady', message: 'died', logLines: [] });
    const users = [completedUser('a', 120.4), completedUser('b', 99.96), failed];

    expect(roundEndLine(roundRecord(1, users))).toBe('  2 of 3 completed, slowest cell 1 after 120 ms');
  });

  it('mentions what was left behind, and has no time where nobody got through', () => {
    const left = { leftovers: [{ kind: 'sandbox' as const, detail: 'sb-1' }] };

    expect(roundEndLine(roundRecord(1, [], left))).toBe(
      '  0 of 0 completed, slowest cell 1 after – ms, 1 left behind',
    );
  });
});
