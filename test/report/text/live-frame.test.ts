import { describe, expect, it } from 'vitest';

import { liveFrame } from '../../../src/report/text/live-frame.ts';

describe('liveFrame', () => {
  it('fills up a line for each user', () => {
    expect(liveFrame([undefined, 'requested', 'serverReady', 'stopped'])).toBe(
      [
        'user 1 ········',
        'user 2 ■······· requested',
        'user 3 ■■■····· server ready',
        'user 4 ■■■■■■■■ stopped',
      ].join('\n'),
    );
  });

  it('keeps the bars of up to 20 users below each other', () => {
    const lines = liveFrame(Array.from({ length: 20 }, () => undefined)).split('\n');

    expect(lines).toHaveLength(20);
    expect(lines[8]).toBe('user  9 ········');
    expect(lines[19]).toBe('user 20 ········');
  });

  it('fills up a line for each stage where the users are more', () => {
    const reached = Array.from({ length: 100 }, (_, index) => (index < 50 ? 'connected' : 'requested'));

    expect(liveFrame(reached)).toBe(
      [
        'requested       ■■■■■■■■■■■■■■■■■■■■ 100 of 100 users',
        'sandbox created ■■■■■■■■■■··········  50 of 100 users',
        'server ready    ■■■■■■■■■■··········  50 of 100 users',
        'kernel created  ■■■■■■■■■■··········  50 of 100 users',
        'connected       ■■■■■■■■■■··········  50 of 100 users',
        'kernel ready    ····················   0 of 100 users',
        'cell 1 done     ····················   0 of 100 users',
        'stopped         ····················   0 of 100 users',
      ].join('\n'),
    );
  });
});
