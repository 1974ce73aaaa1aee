import { describe, expect, it } from 'vitest';

import { InterruptedError } from '../../../src/faults/errors.ts';
import { intendedStartsMs } from '../../../src/bench/plan/intended-starts.ts';
import { runRecordSchema } from '../../../src/record/run-record.ts';
import { benchStandIn, runBench, standInPlan } from '../../helpers/bench-stand-in.ts';
import { runRecord } from '../../helpers/run-records.ts';

const { backend, environment } = runRecord();
const CONTEXT = { startedAt: new Date('2026-01-02T03:04:05Z'), backend, environment };
const NEVER = new AbortController().signal;
const STAGGERED = { arrivals: { kind: 'stagger', everyMs: 20 }, arrivalsText: 'stagger:20ms' } as const;

describe('arrivals', () => {
  it('have the client’s own lateness count: a late client doesn’t make the numbers better', async () => {
    let nowMs = 0;
    // The client is held up for half a second by its first user, while the second one is due.
    const { ports } = benchStandIn({
      at: (step, user) => {
        if (step === 'requestServer' && user.endsWith('u1')) nowMs += 500;
      },
    });

    const plan = standInPlan({ users: 2, ...STAGGERED });
    const clock = { now: (): number => nowMs };
    const record = await runBench(plan, CONTEXT, { ...ports, clock }, NEVER);

    const [, late] = record.rounds[1]?.users ?? [];
    expect([late?.intendedStartMs, late?.actualStartMs]).toEqual([20, 500]);
    expect(late?.stages).toMatchObject({ requestedMs: 480, cell1Ms: 480 });
    expect(runRecordSchema.strict().parse(record)).toEqual(record);
  });

  it('are kept as they were meant, another draw for each round', async () => {
    const poisson = { kind: 'poisson', perS: 500 } as const;
    const { ports } = benchStandIn();
    const clock = { now: (): number => performance.now() };
    const plan = standInPlan({ users: 5, arrivals: poisson, arrivalsText: 'poisson:500/s', seed: 9 });

    const { rounds, plan: kept } = await runBench(plan, CONTEXT, { ...ports, clock }, NEVER);

    const meant = rounds.map(({ users }) => users.map(({ intendedStartMs }) => intendedStartMs));
    const drawn = (seed: number): number[] =>
      intendedStartsMs(poisson, 5, seed).map((ms) => Math.round(ms * 1000) / 1000);
    expect(meant).toEqual([drawn(9), drawn(10)]);
    expect(kept).toMatchObject({ arrivals: 'poisson:500/s', seed: 9 });
    const starts = rounds.flatMap(({ users }) => users);
    expect(
      starts.every(({ intendedStartMs = 1, actualStartMs = 0 }) => actualStartMs >= intendedStartMs),
    ).toBe(true);
  });

  it('that are yet to come end with an interruption, as aborted users', async () => {
    const interruption = new AbortController();
    const { ports } = benchStandIn({
      at: (step, user) => {
        if (step === 'execute' && user === 'bench-r0-u1') interruption.abort(new InterruptedError('SIGINT'));
      },
    });
    const hourly = {
      arrivals: { kind: 'stagger', everyMs: 3_600_000 },
      arrivalsText: 'stagger:60m',
    } as const;

    const record = await runBench(standInPlan({ users: 2, ...hourly }), CONTEXT, ports, interruption.signal);

    expect(record.rounds[0]?.users[1]).toMatchObject({ outcome: 'aborted', error: { stage: 'requested' } });
  });
});
