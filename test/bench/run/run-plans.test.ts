import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { runPlans } from '../../../src/bench/run/run-plans.ts';
import type { BenchTarget } from '../../../src/bench/target/bench-target.ts';
import { EnvironmentError } from '../../../src/faults/errors.ts';
import { benchStandIn, silentIo, standInPlan, standInTarget } from '../../helpers/bench-stand-in.ts';

let out: string;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'run-plans-'));
});

afterEach(async () => {
  await rm(out, { recursive: true });
});

/** A target whose hub is gone when it is asked for users. */
function open(log: string[]): () => Promise<BenchTarget> {
  const { ports } = benchStandIn({
    at: (step) => {
      log.push(step);
      if (step === 'createUsers') throw new Error('the hub is gone');
    },
  });
  const close = (): Promise<void> => {
    log.push('closed');
    return Promise.resolve();
  };
  return () => {
    log.push('opened');
    return Promise.resolve(standInTarget(ports, { [Symbol.asyncDispose]: close }));
  };
}

describe('runPlans', () => {
  it('closes the target when a run throws, and keeps the record', async () => {
    const log: string[] = [];

    await expect(runPlans([standInPlan()], silentIo(out), open(log))).rejects.toThrow('the hub is gone');

    expect(log).toEqual(['opened', 'createUsers', 'closed']);
    expect(await readdir(out)).toHaveLength(1);
  });

  it('keeps the records of all runs that begin at once in one folder', async () => {
    const runs = Array.from({ length: 9 }, () => runPlans([standInPlan()], silentIo(out), open([])));

    await Promise.allSettled(runs);

    expect(await readdir(out)).toHaveLength(9);
  });

  it('opens nothing when the record could not be stored', async () => {
    const log: string[] = [];
    await writeFile(join(out, 'file'), '');

    const run = runPlans([standInPlan()], silentIo(join(out, 'file')), open(log));

    await expect(run).rejects.toThrow('--out');
    expect(log).toEqual([]);
  });

  it('passes on why the target could not be opened', async () => {
    const fails = (): Promise<never> => Promise.reject(new EnvironmentError('no python3'));

    await expect(runPlans([standInPlan()], silentIo(out), fails)).rejects.toThrow('no python3');
  });

  it('measures every plan on one target, and none after an interruption', async () => {
    const interruption = new AbortController();
    const { ports } = benchStandIn({
      at: (step, user) => {
        if (step === 'stopServer' && user.startsWith('two-r1')) interruption.abort(new Error('Ctrl-C'));
      },
    });
    const plans = (['one', 'two', 'three'] as const).map((userPrefix) => standInPlan({ userPrefix }));
    const [first = standInPlan(), ...more] = plans;

    const io = silentIo(out, { signal: interruption.signal });
    const runs = await runPlans([first, ...more], io, () => Promise.resolve(standInTarget(ports)));

    expect(runs.map(({ record }) => record.interrupted ?? false)).toEqual([false, true]);
  });
});
