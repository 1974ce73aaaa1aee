import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type BenchSession, runSession } from '../../../src/bench/run/bench-session.ts';
import { EnvironmentError } from '../../../src/faults/errors.ts';
import { benchStandIn, standInPlan } from '../../helpers/bench-stand-in.ts';

const NEVER = new AbortController().signal;
let out: string;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'bench-session-'));
});

afterEach(async () => {
  await rm(out, { recursive: true });
});

function session(log: string[], changes: Partial<BenchSession> = {}): BenchSession {
  const { ports } = benchStandIn({
    at: (step) => {
      log.push(step);
      if (step === 'createUsers') throw new Error('the hub is gone');
    },
  });
  return {
    plans: [standInPlan()],
    out,
    observer: ports.observer,
    startStack: () => {
      log.push('start');
      return Promise.resolve({
        connect: () => ports,
        backend: { kind: 'embedded', version: '0.1.0', isolation: 'process fork, no isolation' },
        pythonVersions: { python: '3.11.7' },
        stop: () => {
          log.push('stop');
          return Promise.resolve();
        },
      });
    },
    ...changes,
  };
}

describe('runSession', () => {
  it('stops the stack when the run throws, and keeps the record', async () => {
    const log: string[] = [];

    await expect(runSession(session(log), NEVER)).rejects.toThrow('the hub is gone');

    expect(log).toEqual(['start', 'createUsers', 'stop']);
    expect(await readdir(out)).toHaveLength(1);
  });

  it('keeps the records of all sessions that begin at once in one folder', async () => {
    const sessions = Array.from({ length: 9 }, () => runSession(session([]), NEVER));

    await Promise.allSettled(sessions);

    expect(await readdir(out)).toHaveLength(9);
  });

  it('starts nothing when the record could not be stored', async () => {
    const log: string[] = [];
    await writeFile(join(out, 'file'), '');

    await expect(runSession(session(log, { out: join(out, 'file') }), NEVER)).rejects.toThrow('--out');

    expect(log).toEqual([]);
  });

  it('passes on why the stack could not be started', async () => {
    const startStack = (): Promise<never> => Promise.reject(new EnvironmentError('no python3'));

    await expect(runSession(session([], { startStack }), NEVER)).rejects.toThrow('no python3');
  });
});
