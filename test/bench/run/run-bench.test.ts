import { describe, expect, it } from 'vitest';

import type { BenchObserver } from '../../../src/bench/target/ports.ts';
import type { ComparedHub } from '../../../src/bench/target/bench-target.ts';
import { EnvironmentError, InterruptedError } from '../../../src/faults/errors.ts';
import { runRecordSchema } from '../../../src/record/run-record.ts';
import { STAGES } from '../../../src/record/stages.ts';
import { benchStandIn, runBench, standInPlan, type Step, STEPS } from '../../helpers/bench-stand-in.ts';
import { runRecord } from '../../helpers/run-records.ts';

const { backend, environment } = runRecord();
const CONTEXT = { startedAt: new Date('2026-01-02T03:04:05Z'), backend, environment };
const NEVER = new AbortController().signal;

describe('a run', () => {
  it('takes each user through its life in order, in the warm-up and in every judged round', async () => {
    const { ports, log } = benchStandIn();

    await runBench(standInPlan(), CONTEXT, ports, NEVER);

    const life = (user: string): string[] => [
      `createUsers ${user}`,
      `createToken ${user}`,
      `requestServer ${user}`,
      `serverProgress ${user}`,
      `startKernel ${user}`,
      `  at http://hub/user/${user}/`,
      `connected ${user}`,
      `ready ${user}`,
      `execute ${user}`,
      `probe ${user}`,
      `dispose ${user}`,
      `stopServer ${user}`,
    ];
    expect(log).toEqual([...life('bench-r0-u1'), ...life('bench-r1-u1')]);
  });

  it('creates all users and tokens before it requests the first server', async () => {
    const { ports, log } = benchStandIn();

    await runBench(standInPlan({ users: 3 }), CONTEXT, ports, NEVER);

    const round = log.slice(
      0,
      log.findIndex((entry) => entry.startsWith('dispose')),
    );
    expect(round.slice(0, 4).map((entry) => entry.split(' ')[0])).toEqual([
      'createUsers',
      ...Array<string>(3).fill('createToken'),
    ]);
    expect(round.slice(4, 7)).toEqual(
      ['bench-r0-u1', 'bench-r0-u2', 'bench-r0-u3'].map((user) => `requestServer ${user}`),
    );
  });

  it('passes a run in which everything is right, with a record that its schema accepts', async () => {
    const { ports } = benchStandIn();

    const record = await runBench(standInPlan({ users: 2, rounds: 2 }), CONTEXT, ports, NEVER);

    expect(record.verdict).toBe('passed');
    expect(record.rounds.map(({ warmup }) => warmup)).toEqual([true, false, false]);
    expect(runRecordSchema.strict().parse(record)).toEqual(record);
  });

  it('ends with --fail-fast after the round in which it is lost, with the reason in the record', async () => {
    const { ports } = benchStandIn({
      output: (user) => ({ kind: 'shown', text: user.includes('r2') ? '7' : '1' }),
    });

    const record = await runBench(standInPlan({ rounds: 5, failFast: true }), CONTEXT, ports, NEVER);

    expect(record.rounds).toHaveLength(3);
    expect(record.endedBy).toContain("'every result is right' is missed");
    expect(record.verdict).toBe('failed');
  });

  it('times all stages of all users from one barrier', async () => {
    const { ports } = benchStandIn();

    const record = await runBench(standInPlan(), CONTEXT, ports, NEVER);

    expect(record.rounds[1]?.users[0]?.stages).toEqual({
      requestedMs: 10,
      sandboxCreatedMs: 20,
      serverReadyMs: 30,
      kernelCreatedMs: 40,
      connectedMs: 50,
      kernelReadyMs: 60,
      cell1Ms: 70,
      stoppedMs: 100,
    });
  });

  it('tells of each stage of each user as it ends', async () => {
    const { ports } = benchStandIn();
    const ends: string[] = [];
    const observer: BenchObserver = {
      ...ports.observer,
      roundStarted: ({ index }) => ends.push(`round ${index}`),
      stageEnded: ({ index, stage }) => ends.push(`${index} ${stage}`),
    };

    const record = await runBench(standInPlan({ users: 2 }), CONTEXT, { ...ports, observer }, NEVER);

    const ofSecondUser = ends.filter((end) => end.startsWith('1 '));
    const stages = STAGES.map((stage) => `1 ${stage}`);
    expect(ofSecondUser).toEqual([...stages, ...stages]);
    expect(ends.at(0)).toBe('round 0');
    expect(record.verdict).toBe('passed');
  });

  it('stores the record at the start and after every round', async () => {
    const { ports, stored } = benchStandIn();

    await runBench(standInPlan({ rounds: 2 }), CONTEXT, ports, NEVER);

    expect(stored.map(({ rounds, verdict }) => [rounds.length, verdict])).toEqual([
      [0, 'incomplete'],
      [1, 'incomplete'],
      [2, 'incomplete'],
      [3, 'passed'],
    ]);
  });

  it('notices two users whose sessions were mixed up', async () => {
    const swapped = new Map([
      ['show 1', '2'],
      ['show 2', '1'],
    ]);
    const { ports } = benchStandIn({
      output: (_, code) => ({ kind: 'shown', text: swapped.get(code) ?? null }),
    });

    const record = await runBench(standInPlan({ users: 2 }), CONTEXT, ports, NEVER);

    expect(record.verdict).toBe('failed');
    expect(record.rounds[1]?.users.map(({ expected, actual }) => [expected, actual])).toEqual([
      ['1', '2'],
      ['2', '1'],
    ]);
  });

  it('names the exception of a cell that raises, and fails', async () => {
    const { ports } = benchStandIn({
      output: (user) =>
        user.endsWith('u1')
          ? { kind: 'raised', name: 'ZeroDivisionError', message: 'division by zero' }
          : { kind: 'shown', text: '2' },
    });

    const record = await runBench(standInPlan({ users: 2 }), CONTEXT, ports, NEVER);

    expect(record.verdict).toBe('failed');
    expect(record.rounds[1]?.users[0]).toMatchObject({
      outcome: 'failed',
      error: { stage: 'cell1', message: 'the cell raised ZeroDivisionError: division by zero' },
    });
  });

  it('runs the judged rounds, and fails, when the only cell raises: an exception is an answer', async () => {
    const { ports } = benchStandIn({
      output: () => ({ kind: 'raised', name: 'ZeroDivisionError', message: 'division by zero' }),
    });

    const record = await runBench(standInPlan(), CONTEXT, ports, NEVER);

    expect([record.verdict, record.rounds.length]).toEqual(['failed', 2]);
  });

  it("keeps a dead server's last log lines, and the other user's result", async () => {
    const { ports } = benchStandIn({
      at: (step, user) => {
        if (step === 'serverProgress' && user === 'bench-r1-u1') {
          throw new Error('Spawn failed: the server died\n--- last lines ---\nImportError: no numpy');
        }
      },
    });

    const record = await runBench(standInPlan({ users: 2 }), CONTEXT, ports, NEVER);

    expect(record.verdict).toBe('incomplete');
    expect(record.rounds[1]?.users).toMatchObject([
      {
        outcome: 'failed',
        error: {
          stage: 'serverReady',
          message: 'Spawn failed: the server died',
          logLines: ['--- last lines ---', 'ImportError: no numpy'],
        },
      },
      { outcome: 'completed', actual: '2' },
    ]);
    expect(record.summary.cell1Ms?.samples).toBe(1);
  });

  it('ends a user whose progress says failed at once', async () => {
    const { ports, log } = benchStandIn({ events: [{ message: 'Spawn failed: no', failed: true }] });

    const record = await runBench(standInPlan(), CONTEXT, ports, NEVER);

    expect(record.rounds[0]?.users[0]?.error).toMatchObject({
      stage: 'serverReady',
      message: 'Spawn failed: no',
    });
    expect(log).not.toContain('startKernel bench-r0-u1');
  });

  it('ends a user whose kernel never answers when its time is up, and names the stage', async () => {
    const { ports } = benchStandIn({
      at: (step, _, signal) => (step === 'ready' ? untilAborted(signal) : undefined),
    });

    const record = await runBench(standInPlan({ timeoutMs: 20 }), CONTEXT, ports, NEVER);

    expect(record.verdict).toBe('incomplete');
    expect(record.rounds).toHaveLength(1);
    expect(record.rounds[0]?.users[0]).toMatchObject({
      outcome: 'timed-out',
      error: { stage: 'kernelReady', message: 'not done 20 ms after the barrier' },
    });
  });

  it('keeps the record of a hub that is gone before a later round, and why it ended', async () => {
    const { ports, stored } = benchStandIn({
      at: (step, user) => {
        if (step === 'createUsers' && user.includes('-r2-')) throw new EnvironmentError('the hub is gone');
      },
    });

    const record = await runBench(standInPlan({ rounds: 3 }), CONTEXT, ports, NEVER);

    expect([record.verdict, record.rounds.length, record.endedBy]).toEqual([
      'incomplete',
      2,
      'the hub is gone',
    ]);
    expect(stored.at(-1)).toEqual(record);
  });

  it('throws where the hub is gone before the first round is over', async () => {
    const { ports } = benchStandIn({
      at: (step) => {
        if (step === 'createUsers') throw new EnvironmentError('the hub is gone');
      },
    });

    await expect(runBench(standInPlan(), CONTEXT, ports, NEVER)).rejects.toThrow('the hub is gone');
  });

  it('fails on what a round leaves behind', async () => {
    const { ports } = benchStandIn({ leftovers: [{ kind: 'sandbox', detail: 'sb-1' }] });

    const record = await runBench(standInPlan(), CONTEXT, ports, NEVER);

    expect(record.verdict).toBe('failed');
    expect(record.criteria.at(-1)?.detail).toContain('sandbox sb-1');
  });
});

describe('an interruption', () => {
  it.each(STEPS)('at %s of the judged round ends the run with a stored, incomplete record', async (step) => {
    const interruption = new AbortController();
    const { ports, stored, log } = benchStandIn({ at: interruptAt(step, interruption) });

    const record = await runBench(standInPlan({ restart: true }), CONTEXT, ports, interruption.signal);

    expect(record.verdict).toBe('incomplete');
    expect(stored.at(-1)).toEqual(record);
    expect(runRecordSchema.safeParse(record).success).toBe(true);
    expect(log.filter((entry) => entry.startsWith('startKernel'))).toHaveLength(
      log.filter((entry) => entry.startsWith('dispose')).length + (step === 'startKernel' ? 1 : 0),
    );
  });

  it.each([
    ['requestServer', 'requested'],
    ['serverProgress', 'serverReady'],
    ['startKernel', 'kernelCreated'],
    ['connected', 'connected'],
    ['ready', 'kernelReady'],
    ['execute', 'cell1'],
  ] as const)('at %s leaves the user aborted before %s', async (step, stage) => {
    const interruption = new AbortController();
    const { ports } = benchStandIn({ at: interruptAt(step, interruption) });

    const record = await runBench(standInPlan(), CONTEXT, ports, interruption.signal);

    expect(record.rounds[1]?.users[0]).toMatchObject({
      outcome: 'aborted',
      error: { stage, message: 'interrupted by SIGINT' },
    });
  });
});

function interruptAt(step: Step, interruption: AbortController): (current: Step, user: string) => void {
  return (current, user) => {
    if (current === step && user.startsWith('bench-r1')) interruption.abort(new InterruptedError('SIGINT'));
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('the wait was ended'));
    });
  });
}

describe('a run that is compared', () => {
  function compared(name: 'floor' | 'baseline', log: string[], failing = false): ComparedHub {
    const standIn = benchStandIn({
      at: (step, user) => {
        if (step === 'requestServer') log.push(`${name} ${user}`);
        if (failing && step === 'execute') throw new Error('no kernel');
      },
    });
    const ports = { ...standIn.ports, userName: () => `${name}-user` };
    return { name, backend: { ...backend, kind: name }, ports };
  }

  const both = standInPlan({ rounds: 2, comparisons: ['floor', 'baseline'] });

  it('lets ours, floor and baseline take turns, round by round', async () => {
    const log: string[] = [];
    const { ports } = benchStandIn({
      at: (step, user) => {
        if (step === 'requestServer') log.push(`ours ${user}`);
      },
    });

    await runBench(
      both,
      { ...CONTEXT, comparisons: [compared('floor', log), compared('baseline', log)] },
      ports,
      NEVER,
    );

    const turn = (index: number): string[] => [
      `ours bench-r${index}-u1`,
      'floor floor-user',
      'baseline baseline-user',
    ];
    expect(log).toEqual([...turn(0), ...turn(1), ...turn(2)]);
  });

  it('keeps their rounds and ratios in a record that its schema accepts', async () => {
    const { ports } = benchStandIn();
    const context = { ...CONTEXT, comparisons: [compared('floor', []), compared('baseline', [])] };

    const record = await runBench(both, context, ports, NEVER);

    expect(runRecordSchema.strict().parse(record)).toEqual(record);
    expect(record.verdict).toBe('passed');
    expect(record.comparisons?.floor?.rounds.map(({ warmup }) => warmup)).toEqual([true, false, false]);
    expect(record.comparisons?.floor?.oursPerTheirs).toEqual({ serverReady: 1, slowestCell1: 1 });
  });

  it('is incomplete when a comparison did not get to the end', async () => {
    const { ports } = benchStandIn();
    const context = { ...CONTEXT, comparisons: [compared('floor', [], true), compared('baseline', [])] };

    const record = await runBench(both, context, ports, NEVER);

    expect(record.verdict).toBe('incomplete');
    expect(record.criteria.find(({ status }) => status === 'unknown')?.detail).toBe('incomplete: floor');
    expect(record.comparisons?.floor?.oursPerTheirs).toEqual({});
  });
});
