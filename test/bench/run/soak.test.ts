import { describe, expect, it } from 'vitest';

import { EnvironmentError } from '../../../src/faults/errors.ts';
import type { BenchPlan } from '../../../src/bench/plan/bench-plan.ts';
import { type RunRecord, runRecordSchema } from '../../../src/record/run-record.ts';
import { benchStandIn, runBench, type StandIn, standInPlan } from '../../helpers/bench-stand-in.ts';
import { runRecord } from '../../helpers/run-records.ts';

const { backend, environment } = runRecord();
const CONTEXT = { startedAt: new Date('2026-01-02T03:04:05Z'), backend, environment };
const EVERY_ROUND = 'every round was run';

function run(changes: Partial<BenchPlan>, { ports }: StandIn): Promise<RunRecord> {
  return runBench(standInPlan(changes), CONTEXT, ports, new AbortController().signal);
}

function judged({ rounds }: RunRecord): number {
  return rounds.filter(({ warmup }) => !warmup).length;
}

function everyRound({ criteria }: RunRecord): { readonly status?: string; readonly detail?: string } {
  return criteria.find(({ name }) => name === EVERY_ROUND) ?? {};
}

describe('a run with a duration', () => {
  it('begins rounds until the time is over, the warm-up not counted, and passes with what was run', async () => {
    const record = await run({ durationMs: 1000, rounds: 100 }, benchStandIn());

    const { elapsedMs = 0, rounds, plan } = record;
    const meanMs = elapsedMs / judged(record);
    expect(rounds[0]?.warmup).toBe(true);
    expect(judged(record)).toBeGreaterThan(1);
    expect(elapsedMs).toBeGreaterThanOrEqual(1000);
    expect(elapsedMs - meanMs).toBeLessThan(1000);
    expect(plan).toMatchObject({ durationMs: 1000 });
    expect(plan.rounds).toBeUndefined();
    expect(everyRound(record)).toMatchObject({ status: 'met' });
    expect(record.verdict).toBe('passed');
    expect(runRecordSchema.strict().parse(record)).toEqual(record);
  });

  it('runs one round, whole, where a round takes longer than that', async () => {
    const record = await run({ durationMs: 1, rounds: 100 }, benchStandIn());

    expect(judged(record)).toBe(1);
    expect(record.verdict).toBe('passed');
  });

  it('is incomplete when the record is full before the time is over, and says so', async () => {
    const record = await run({ durationMs: 1e9, rounds: 2 }, benchStandIn());

    expect(judged(record)).toBe(2);
    expect(everyRound(record)).toMatchObject({ status: 'unknown' });
    expect(record).toMatchObject({
      verdict: 'incomplete',
      endedBy: 'a record holds no more than 2 rounds with so many users',
    });
  });

  it('is incomplete when the hub ends before it', async () => {
    const standIn = benchStandIn({
      at: (step, user) => {
        if (step === 'createUsers' && user.includes('r2')) throw new EnvironmentError('the hub has ended');
      },
    });

    const record = await run({ durationMs: 1e9, rounds: 100 }, standIn);

    expect(judged(record)).toBe(1);
    expect(record).toMatchObject({ verdict: 'incomplete', endedBy: 'the hub has ended' });
  });
});

describe('a long run', () => {
  it('stores its record after each of twenty rounds, then less and less often, and all at the end', async () => {
    const standIn = benchStandIn();

    const record = await run({ rounds: 119 }, standIn);

    const lengths = standIn.stored.map(({ rounds }) => rounds.length);
    const gaps = lengths.map((length, index) => length - (lengths[index - 1] ?? 0));
    expect(lengths.slice(0, 21)).toEqual(Array.from({ length: 21 }, (_, index) => index));
    expect(gaps.every((gap, index) => gap <= Math.ceil(0.05 * (lengths[index] ?? 0)))).toBe(true);
    expect(lengths.length).toBeLessThan(75);
    expect(lengths.at(-1)).toBe(120);
    expect(record.rounds).toHaveLength(120);
    expect(record.verdict).toBe('passed');
  });

  it('keeps what was not stored when it is interrupted', async () => {
    const interruption = new AbortController();
    const standIn = benchStandIn({
      at: (step, user) => {
        if (step === 'execute' && user === 'bench-r47-u1') interruption.abort();
      },
    });

    const plan = standInPlan({ rounds: 60 });
    const record = await runBench(plan, CONTEXT, standIn.ports, interruption.signal);

    expect(record.rounds.length).toBeGreaterThanOrEqual(47);
    expect(standIn.stored.at(-1)).toEqual(record);
    expect(record.verdict).toBe('incomplete');
  });
});
