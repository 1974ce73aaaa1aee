import { describe, expect, it } from 'vitest';

import { summarize } from '../../src/stats/summarize.ts';
import { completedUser, failedUser, roundRecord } from '../helpers/run-records.ts';

const ERROR = { stage: 'serverReady', message: 'died', logLines: [] } as const;

describe('summarize', () => {
  it('leaves the warm-up round out', () => {
    const rounds = [roundRecord(0, [completedUser('a', 900)]), roundRecord(1, [completedUser('b', 100)])];

    expect(summarize(rounds).cell1Ms).toEqual({ samples: 1, min: 100, p50: 100, max: 100 });
  });

  it('never averages a failed user in, not even the stages that were reached', () => {
    const failed = failedUser('b', { ...ERROR, logLines: [] });
    const summary = summarize([roundRecord(1, [completedUser('a', 100), failed])]);

    expect(summary.requestedMs?.samples).toBe(1);
  });

  it('describes the slowest cell 1 of each round', () => {
    const rounds = [
      roundRecord(1, [completedUser('a', 100), completedUser('b', 300)]),
      roundRecord(2, [completedUser('c', 200), completedUser('d', 250)]),
      roundRecord(3, [completedUser('e', 400), completedUser('f', 50)]),
    ];

    expect(summarize(rounds).slowestCell1Ms).toEqual({ samples: 3, min: 250, p50: 300, max: 400 });
  });

  it('leaves a stage that nobody reached out of the summary', () => {
    const stages = { requestedMs: 10, cell1Ms: 100 };

    expect(summarize([roundRecord(1, [completedUser('a', 100, { stages })])])).not.toHaveProperty(
      'sandboxCreatedMs',
    );
  });
});
