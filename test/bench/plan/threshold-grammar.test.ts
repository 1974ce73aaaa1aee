import { describe, expect, it } from 'vitest';

import { makeBenchPlan } from '../../../src/bench/plan/bench-plan.ts';
import { parseThreshold } from '../../../src/bench/plan/threshold-grammar.ts';
import { parseThresholds } from '../../../src/bench/plan/thresholds.ts';
import { readRecord } from '../../../src/record/read-record.ts';

const BASELINE = 'fixtures/records/5u-embedded.json';
const PLANNED = { users: 5, rounds: 3, spawner: 'forkd', expressions: 'built-in' };

describe('parseThreshold', () => {
  it('reads a limit in any unit', () => {
    expect(parseThreshold('--threshold', ' cell1:p95 < 0.4s', 'fail')).toEqual({
      text: 'cell1:p95 < 0.4s',
      figure: 'cell1Ms',
      statistic: 'p95',
      inclusive: false,
      limit: { kind: 'absolute', ms: 400 },
      onMiss: 'fail',
    });
  });

  it('reads a limit that is relative to a record', () => {
    expect(parseThreshold('--threshold', 'serverReady:p50<=1.1x@a/b.json', 'warn')).toMatchObject({
      figure: 'serverReadyMs',
      inclusive: true,
      limit: { kind: 'relative', factor: 1.1, baseline: 'a/b.json' },
      onMiss: 'warn',
    });
  });

  it.each([
    ['cel1:p95<400ms', "there is no stage 'cel1'", "did you mean 'cell1'?"],
    ['serverready:p95<400ms', "there is no stage 'serverready'", "did you mean 'serverReady'?"],
    ['cell1:p9<400ms', "there is no statistic 'p9'", "did you mean 'p95'?"],
    ['cell1:max<400mss', "there is no unit 'mss'", "did you mean 'ms'?"],
    ['cell1:max>400ms', 'is not a threshold', "write it as 'cell1:p95<400ms'"],
    ['', 'is not a threshold', "write it as 'cell1:p95<400ms'"],
  ])('refuses %j, and says what may have been meant', (text, message, hint) => {
    expect(() => parseThreshold('--threshold', text, 'fail')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
        exitReason: 'usage',
      }),
    );
  });
});

describe('parseThreshold, of a limit', () => {
  it.each([
    ['cell1:max<400', 'must be a duration above zero'],
    ['cell1:max<0ms', 'must be a duration above zero'],
    ['cell1:max<0x@a.json', 'can never be met'],
  ])('refuses %s', (text, message) => {
    expect(() => parseThreshold('--threshold', text, 'fail')).toThrow(message);
  });
});

describe('parseThresholds', () => {
  it("multiplies the baseline's figure, and keeps its folder out of the record", async () => {
    const { summary } = await readRecord(BASELINE);

    const threshold = [`cell1:p50<=1.1x@${BASELINE}`];

    expect(await parseThresholds({ threshold }, PLANNED)).toEqual([
      {
        text: 'cell1:p50<=1.1x@5u-embedded.json',
        figure: 'cell1Ms',
        statistic: 'p50',
        inclusive: true,
        limitMs: 1.1 * (summary.cell1Ms?.p50 ?? 0),
        onMiss: 'fail',
      },
    ]);
  });

  it.each([
    [`cell1:p50<1.1x@${BASELINE}`, { users: 4 }, 'users: 5 there, 4 here'],
    [
      `cell1:p99<1.1x@${BASELINE}`,
      { rounds: 20 },
      "a figure that fixtures/records/5u-embedded.json doesn't have",
    ],
    ['cell1:p50<1.1x@nowhere.json', {}, 'cannot read the record nowhere.json'],
    ['cell1:p95<1s', {}, 'needs 20 samples; 3 rounds with 5 each give 15'],
    ['slowestCell1:p95<1s', { rounds: 19 }, 'needs 20 samples; 19 rounds with 1 each give 19'],
  ])('refuses %s where it could never be judged', async (text, changes, message) => {
    const flags = { 'warn-threshold': [text] };

    await expect(parseThresholds(flags, { ...PLANNED, ...changes })).rejects.toThrow(message);
  });

  it('are taken as they are where a duration leaves the number of rounds open', async () => {
    const planned = { ...PLANNED, rounds: 3, durationMs: 60_000 };

    expect(await parseThresholds({ threshold: ['cell1:p99<1s'] }, planned)).toHaveLength(1);
  });

  it('are part of the plan', async () => {
    const plan = await makeBenchPlan({
      ...{ users: '5', rounds: '3', budget: '1s', timeout: '60s', controller: 'embedded', spawner: 'forkd' },
      ...{ snapshot: undefined, expressions: undefined },
      threshold: ['cell1:max<1s'],
      'warn-threshold': ['requested:p50<50ms'],
    });

    expect(plan.thresholds.map(({ text, onMiss }) => [text, onMiss])).toEqual([
      ['cell1:max<1s', 'fail'],
      ['requested:p50<50ms', 'warn'],
    ]);
  });
});
