import { describe, expect, it } from 'vitest';

import { retryAfterMs } from '../../../src/hub/client/retry-after.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');

describe('Retry-After', () => {
  it.each([
    ['30', 30_000],
    ['0', 0],
    ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000],
    ['Fri, 02 Jan 2026 03:04:00 GMT', 0],
  ])('of %j asks for %i ms', (header, waitMs) => {
    expect(retryAfterMs(header, NOW)).toBe(waitMs);
  });

  it.each([undefined, '', 'soon', '86400'])('of %j is nothing to wait for', (header) => {
    expect(retryAfterMs(header, NOW)).toBeUndefined();
  });
});
