import { describe, expect, it } from 'vitest';

import type { RunRecord } from '../../src/record/run-record.ts';
import { checkComparability } from '../../src/stats/comparability.ts';
import { completedUser, failedUser, roundRecord, runRecord } from '../helpers/run-records.ts';

const RUN = runRecord({ rounds: [roundRecord(1, [completedUser('a', 100)])] });
const planned = (changes: Partial<RunRecord['plan']>): RunRecord => ({
  ...RUN,
  plan: { ...RUN.plan, ...changes },
});
const DIED = failedUser('b', { stage: 'serverReady', message: 'died', logLines: [] });

describe('checkComparability', () => {
  it('has nothing against a run of the same plan with other rounds, another budget and more after the rounds', () => {
    const judged = { rounds: 20, durationMs: 60_000, budgetMs: 5, timeoutMs: 9 };
    const other = planned({ ...judged, restart: true, memory: true, browserStarts: 3 });

    expect(checkComparability(RUN, other)).toEqual({ obstacles: [], warnings: [] });
  });

  it.each([
    ['users', planned({ users: 5 }), 'users: 2 and 5'],
    ['spawner', planned({ spawner: 'simple' }), 'spawner: forkd and simple'],
    ['expressions', planned({ expressions: 'mine.json' }), 'expressions: built-in and mine.json'],
    ['backend', { ...RUN, backend: { ...RUN.backend, kind: 'forkd' } }, 'backend: embedded and forkd'],
    [
      'part of the plan that a later release may add',
      { ...RUN, plan: { ...RUN.plan, arrivals: 'poisson' } },
      'arrivals: none and poisson',
    ],
    [
      'run that nobody got through',
      { ...RUN, rounds: [roundRecord(1, [DIED])] },
      'the second run has no judged round in which every user got to the end of cell 1',
    ],
  ])('refuses another %s', (_, other, obstacle) => {
    expect(checkComparability(RUN, other).obstacles).toEqual([obstacle]);
  });

  it('warns of another machine, other versions, another snapshot and rounds that are left out', () => {
    const { environment } = RUN;
    const other: RunRecord = {
      ...planned({ snapshot: 'new' }),
      environment: { ...environment, node: 'v25.0.0', host: { ...environment.host, cores: 64 } },
      rounds: [...RUN.rounds, roundRecord(2, [completedUser('a', 100), DIED])],
    };

    expect(checkComparability(RUN, other)).toEqual({
      obstacles: [],
      warnings: [
        'snapshot: none and new',
        'another machine: cores: 2 and 64',
        'other versions: node: v24.0.0 and v25.0.0',
        '1 of 2 rounds of the second run are left out: not every user got through',
      ],
    });
  });
});
