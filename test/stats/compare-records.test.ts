import { describe, expect, it } from 'vitest';

import type { RoundRecord } from '../../src/record/run-record.ts';
import type { StageTimes } from '../../src/record/user-record.ts';
import { compareRecords, type RecordsComparison } from '../../src/stats/compare-records.ts';
import { completedUser, failedUser, roundRecord, runRecord } from '../helpers/run-records.ts';

const STEPS_MS = { requested: 100, sandboxCreated: 60, serverReady: 150, kernelCreated: 70, cell1: 20 };
type Steps = Partial<typeof STEPS_MS>;

/** Rounds of two users whose steps last as said, each round a little longer than the one before. */
function run(count: number, longer: Steps = {}): { rounds: RoundRecord[] } {
  return {
    rounds: Array.from({ length: count }, (_, index) => {
      const user = (name: string): ReturnType<typeof completedUser> =>
        completedUser(name, 1, { stages: stagesOf(longer, index * 0.4) });
      return roundRecord(index + 1, [user('a'), user('b')]);
    }),
  };
}

function stagesOf(longer: Steps, noiseMs: number): StageTimes {
  const step = (name: keyof typeof STEPS_MS): number => STEPS_MS[name] + (longer[name] ?? 0) + noiseMs;
  const requestedMs = step('requested');
  const sandboxCreatedMs = requestedMs + step('sandboxCreated');
  const serverReadyMs = sandboxCreatedMs + step('serverReady');
  const kernelCreatedMs = serverReadyMs + step('kernelCreated');
  const cell1Ms = kernelCreatedMs + step('cell1');
  return { requestedMs, sandboxCreatedMs, serverReadyMs, kernelCreatedMs, cell1Ms };
}

/** Measured in turns with a floor that took so long. */
function withFloor(
  { rounds }: { rounds: RoundRecord[] },
  floor: { rounds: RoundRecord[] },
): Parameters<typeof compareRecords>[0] {
  const { backend } = runRecord();
  const comparison = { backend, summary: {}, oursPerTheirs: {}, rounds: floor.rounds };
  return { rounds, comparisons: { floor: comparison } };
}

function verdicts({ figures }: RecordsComparison): Record<string, string> {
  return Object.fromEntries(figures.map(({ name, verdict }) => [name, verdict]));
}

describe('compareRecords', () => {
  it('names the stage that takes longer, and no stage that only comes after it', () => {
    const comparison = compareRecords(run(8), run(8, { serverReady: 30 }));

    expect(comparison.verdict).toBe('slower');
    expect(verdicts(comparison)).toEqual({
      requested: 'same',
      sandboxCreated: 'same',
      serverReady: 'slower',
      kernelCreated: 'same',
      cell1: 'same',
      total: 'slower',
      slowest: 'slower',
    });
  });

  it('calls the same the other way round faster', () => {
    expect(compareRecords(run(8, { serverReady: 30 }), run(8)).verdict).toBe('faster');
  });

  it('calls two runs the same when all of their figures are', () => {
    expect(compareRecords(run(8), run(8)).verdict).toBe('same');
  });

  it.each([3, 5])('tells nothing apart with %d rounds, however far apart they are', (count) => {
    expect(compareRecords(run(count), run(count, { serverReady: 5000 })).verdict).toBe('inconclusive');
  });

  it.each([
    ['milliseconds', { cell1: 9 }],
    ['percent', { serverReady: 12 }],
  ])('does not count a sure difference below the margin in %s', (_, longer) => {
    const margins = { relative: 0.1, absoluteMs: 10 };
    const { figures } = compareRecords(run(8), run(8, longer), margins);

    expect(figures.filter(({ pValue }) => pValue < 0.002).length).toBeGreaterThan(0);
    expect(figures.filter(({ verdict }) => verdict === 'slower')).toEqual([]);
  });

  it('lets the whole way decide where time has moved from one stage to another', () => {
    expect(compareRecords(run(8), run(8, { serverReady: 40, kernelCreated: -40 })).verdict).toBe('same');
    expect(compareRecords(run(8), run(8, { serverReady: 90, kernelCreated: -40 })).verdict).toBe('slower');
  });

  it('blames nobody for what a floor that was measured in turns has lost too', () => {
    const [first, second] = [run(8), run(8, { serverReady: 60 })];

    const moved = compareRecords(withFloor(first, run(8)), withFloor(second, run(8, { serverReady: 60 })));
    const still = compareRecords(withFloor(first, run(8)), withFloor(second, run(8)));

    expect(moved.verdict).toBe('inconclusive');
    expect(moved.movedControls).toEqual([expect.objectContaining({ name: 'floor', verdict: 'slower' })]);
    expect(still.verdict).toBe('slower');
  });

  it('asks for more of a difference where the floor shows that the runs drift', () => {
    // 30 of 400 ms: by itself clear, but the floor is 5 % slower, too, if not by enough to have moved.
    const [first, second] = [run(8), run(8, { serverReady: 30 })];
    const [floor, slower] = [run(8), run(8, { serverReady: 18 })];

    const drifting = compareRecords(withFloor(first, floor), withFloor(second, slower));

    expect(drifting.movedControls).toEqual([]);
    expect(drifting.drift).toBeCloseTo(18 / 400, 2);
    expect(verdicts(drifting)).toMatchObject({ serverReady: 'slower', total: 'inconclusive' });
    expect(verdicts(compareRecords(first, second))).toMatchObject({ total: 'slower' });
  });

  it('leaves out the warm-up and rounds in which a user failed', () => {
    const died = failedUser('b', { stage: 'serverReady', message: 'died', logLines: [] });
    const { rounds } = run(6);
    const more = [
      roundRecord(0, [completedUser('a', 9000)]),
      roundRecord(7, [completedUser('a', 9000), died]),
    ];

    expect(compareRecords({ rounds: [...more, ...rounds] }, run(6)).rounds).toEqual({ first: 6, second: 6 });
  });

  it('has no figure for a stage that nobody passed, and none twice for a single user', () => {
    const alone = run(8).rounds.map((round) => ({ ...round, users: round.users.slice(0, 1) }));

    expect(compareRecords({ rounds: alone }, { rounds: alone }).figures.map(({ name }) => name)).toEqual([
      'requested',
      'sandboxCreated',
      'serverReady',
      'kernelCreated',
      'cell1',
      'total',
    ]);
  });
});
