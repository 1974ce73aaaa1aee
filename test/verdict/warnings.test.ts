import { describe, expect, it } from 'vitest';

import { judge } from '../../src/verdict/judge.ts';
import { warningsOf } from '../../src/verdict/warnings.ts';
import type { RoundRecord, RunRecord } from '../../src/record/run-record.ts';
import { summarize } from '../../src/stats/summarize.ts';
import { completedUser, roundRecord, runRecord } from '../helpers/run-records.ts';

/** A warm-up and judged rounds whose slowest cell 1 took so long. */
function run(cell1Ms: readonly number[], changes: Partial<RoundRecord> = {}): RunRecord {
  const rounds = [900, ...cell1Ms].map((ms, index) => roundRecord(index, [completedUser('a', ms)], changes));
  return runRecord({ rounds, summary: summarize(rounds) });
}

const STEADY = [100, 103, 98, 101, 99, 102];

describe('warningsOf', () => {
  it('has nothing to say about a steady run on a quiet machine', () => {
    expect(warningsOf(run(STEADY))).toEqual([]);
  });

  it('says nothing about a run that was interrupted before its first round', () => {
    expect(warningsOf(runRecord())).toEqual([]);
  });

  it('says that the first judged round was slow', () => {
    expect(warningsOf(run([150, ...STEADY]))).toEqual([
      expect.stringMatching(/^round 1, the first that is judged, is far out: .*--rounds/),
    ]);
  });

  it('names the rounds that are far out, and no others', () => {
    expect(warningsOf(run([...STEADY, 300, 100, 50]))).toEqual([
      expect.stringContaining('far out in rounds 7, 9 '),
    ]);
  });

  it('lets rounds differ by less than a tenth, and three rounds by anything', () => {
    expect(warningsOf(run([100, 100, 100, 100, 100, 109]))).toEqual([]);
    expect(warningsOf(run([100, 100, 900]))).toEqual([]);
  });

  it('counts the load before the first user, not that of our own rounds', () => {
    const steady = run(STEADY);
    const loaded = (atFirst: number, later: number): RunRecord => ({
      ...steady,
      rounds: steady.rounds.map((round) => ({ ...round, loadAverage: round.warmup ? atFirst : later })),
    });

    expect(warningsOf(loaded(1.5, 8))).toEqual([]);
    expect(warningsOf(loaded(1.6, 0))).toEqual([
      expect.stringContaining('the load average was 1.6 on 2 cores before the first user: end what else'),
    ]);
  });

  it.each([
    ['time that the hypervisor kept', { processor: { stolenShare: 0.03 } }, '(steal)'],
    ['a processor quota', { processor: { stolenShare: 0, throttledMs: 20 } }, '(cpu.max)'],
    [
      'a late client',
      { clientLag: { p50Ms: 0, p99Ms: 6, maxMs: 9, utilization: 0.2 } },
      'client itself was late',
    ],
    [
      'a busy client',
      { clientLag: { p50Ms: 0, p99Ms: 0, maxMs: 0, utilization: 0.9 } },
      'client itself was late',
    ],
  ])('tells of %s, with the rounds', (_, changes, text) => {
    const [warning, ...others] = warningsOf(run([100, 101], changes));

    expect(others).toEqual([]);
    expect(warning).toContain('in rounds 1, 2 ');
    expect(warning).toContain(text);
  });

  it('names ten rounds at most, and counts the others', () => {
    const warnings = warningsOf(run([...STEADY, ...STEADY], { processor: { stolenShare: 0.03 } }));

    expect(warnings).toEqual([expect.stringMatching(/^in rounds 1, 2, .*, 10 and 2 more the hypervisor/)]);
  });

  it('tells of a clock that is too coarse for what it times', () => {
    const record = run(STEADY);
    const { environment } = record;
    const ticking = (clockTickMs: number): RunRecord => ({
      ...record,
      environment: { ...environment, host: { ...environment.host, clockTickMs } },
    });

    expect(warningsOf(ticking(0.9))).toEqual([]);
    expect(warningsOf(ticking(4))).toEqual([expect.stringContaining('the clock ticks every 4.0 ms only')]);
  });

  it('tells of a threshold that only warns, of which the verdict knows nothing', () => {
    const record = run(STEADY);
    const threshold = { figure: 'cell1Ms', statistic: 'max', inclusive: false, onMiss: 'warn' } as const;
    const thresholds = [
      { ...threshold, text: 'cell1:max<50ms', limitMs: 50 },
      { ...threshold, text: 'cell1:max<1s', limitMs: 1000 },
    ];
    const plan = { ...record.plan, thresholds };

    expect(warningsOf({ ...record, plan })).toEqual([
      'threshold cell1:max<50ms is missed: max is 103.0 ms, the limit 50.0 ms, samples: 6',
    ]);
    expect(judge({ plan, rounds: record.rounds }).verdict).toBe('passed');
  });
});
