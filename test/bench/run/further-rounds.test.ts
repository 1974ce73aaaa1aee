import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { judge } from '../../../src/verdict/judge.ts';
import { runPlans } from '../../../src/bench/run/run-plans.ts';
import type { BenchTarget } from '../../../src/bench/target/bench-target.ts';
import { EnvironmentError, InterruptedError } from '../../../src/faults/errors.ts';
import type { BenchPlan } from '../../../src/bench/plan/bench-plan.ts';
import { findChromium } from '../../../src/process/find-chromium.ts';
import { failureList } from '../../../src/report/tables/failure-list.ts';
import { type RunRecord, runRecordSchema } from '../../../src/record/run-record.ts';
import {
  benchStandIn,
  silentIo,
  type StandIn,
  standInPlan,
  standInTarget,
} from '../../helpers/bench-stand-in.ts';
import { listen } from '../../helpers/listen.ts';
import { runRecord } from '../../helpers/run-records.ts';

const NEVER = new AbortController().signal;
const NOBODY = (): Promise<readonly number[]> => Promise.resolve([]);
const MEMORY = { userPids: NOBODY, parentPids: NOBODY, hubPid: process.pid };

const chromium = await findChromium();
if (chromium === undefined) {
  console.warn('nobody is let into a browser: there is no chromium (apt-get install chromium)');
}

let out: string;
let emptyHub: Server | undefined;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'further-rounds-'));
});

afterEach(async () => {
  emptyHub?.close();
  emptyHub = undefined;
  await rm(out, { recursive: true });
});

/** What shows a person nothing: every visit to it fails. */
async function startEmptyHub(): Promise<string> {
  emptyHub = createServer((_, response) => response.end());
  return `http://127.0.0.1:${await listen(emptyHub)}`;
}

async function measure(
  { ports }: StandIn,
  changes: Partial<BenchPlan>,
  further: Pick<BenchTarget, 'memory' | 'browser'>,
  signal = NEVER,
): Promise<RunRecord> {
  const target = standInTarget(ports, { ...further, backend: runRecord().backend });
  const plan = standInPlan({ memory: further.memory !== undefined, ...changes });
  const [run] = await runPlans([plan], silentIo(out, { signal }), () => Promise.resolve(target));
  const record = runRecordSchema.strict().parse(run?.record);
  const [file = ''] = await readdir(out);
  expect(runRecordSchema.strict().parse(JSON.parse(await readFile(join(out, file), 'utf8')))).toEqual(record);
  expect(judge(record).verdict).toBe(record.verdict);
  return record;
}

function statusOf({ criteria }: RunRecord, name: string): string | undefined {
  return criteria.find((criterion) => criterion.name === name)?.status;
}

describe('the rounds after the judged ones', () => {
  it('add memory to a run that passes', async () => {
    const record = await measure(benchStandIn(), {}, { memory: MEMORY });

    expect(record.verdict).toBe('passed');
    expect(record.memory?.hub.rssMib).toBeGreaterThan(1);
    expect(record.plan.memory).toBe(true);
    expect(statusOf(record, 'memory was read')).toBe('met');
    expect(record.notRun).toBeUndefined();
  });

  it.skipIf(chromium === undefined)('are judged with the time that the rounds before them took', async () => {
    const plan = { durationMs: 500, rounds: 100, browserStarts: 1, timeoutMs: 500, browser: chromium ?? '' };
    const browser = { hubUrl: await startEmptyHub(), password: 'any' };

    const record = await measure(benchStandIn(), plan, { browser });

    expect(statusOf(record, 'every round was run')).toBe('met');
    expect(record.elapsedMs).toBeGreaterThanOrEqual(500);
    expect(record.browser?.starts.map(({ actual }) => actual)).toEqual([null]);
    expect(record.verdict).toBe('incomplete');
  });

  it.skipIf(chromium === undefined)('keep what a browser saw until the hub was gone', async () => {
    const hub = benchStandIn({
      at: (step, user) => {
        if (step === 'stopServer' && user.includes('browser')) throw new EnvironmentError('the hub is gone');
      },
    });
    const browser = { hubUrl: await startEmptyHub(), password: 'any' };
    const plan = { browserStarts: 3, timeoutMs: 300, browser: chromium ?? '' };

    const record = await measure(hub, plan, { browser });

    expect(record.browser?.starts).toHaveLength(1);
    expect(record.notRun?.browser).toContain('the hub is gone');
  });

  it('are not run after --fail-fast, and the record says why', async () => {
    const hub = benchStandIn({ output: () => ({ kind: 'shown', text: 'wrong' }) });

    const plan = { failFast: true, rounds: 3, browser: '/none', browserStarts: 3 };
    const record = await measure(hub, plan, { memory: MEMORY, browser: { hubUrl: '', password: '' } });

    expect(hub.log.filter((step) => /memory|browser/.test(step))).toEqual([]);
    const why = "'every result is right' is missed: 0 of 1 users (not bench-r1-u1)";
    expect(record).toMatchObject({ verdict: 'failed', endedBy: why, notRun: { memory: why, browser: why } });
    expect(failureList(record)).toContain(`memory was not read: ${why}`);
  });

  it('are not run on a hub that let nobody through', async () => {
    const hub = benchStandIn({
      at: (step) => {
        if (step === 'requestServer') throw new EnvironmentError('the hub is gone');
      },
    });

    const record = await measure(hub, {}, { memory: MEMORY });

    const why = 'no user got to the end of cell 1 in the warm-up round';
    expect(hub.log.filter((step) => step.includes('memory'))).toEqual([]);
    expect(record).toMatchObject({ verdict: 'incomplete', endedBy: why, notRun: { memory: why } });
  });

  it('leave the record of the judged rounds whole when the hub ends meanwhile', async () => {
    const hub = benchStandIn({
      at: (step, user) => {
        if (step === 'createUsers' && user.includes('memory')) throw new EnvironmentError('the hub is gone');
      },
    });

    const plan = { browser: '/none', browserStarts: 2 };
    const record = await measure(hub, plan, { memory: MEMORY, browser: { hubUrl: '', password: '' } });

    const why = 'the hub is gone';
    expect(record.rounds).toHaveLength(2);
    expect(record.notRun).toEqual({ memory: why, browser: why });
    expect(record.criteria).toContainEqual({
      name: 'every browser user saw the right result',
      status: 'unknown',
      detail: '0 of 2 users, not run: the hub is gone',
    });
    expect(record.criteria).toContainEqual({
      name: 'memory was read',
      status: 'unknown',
      detail: 'not read: the hub is gone',
    });
  });

  it('say who did not get there, instead of a mean over the others', async () => {
    const hub = benchStandIn({
      at: (step, user) => {
        if (step === 'ready' && user === 'bench-memory-u2') throw new Error('its kernel died');
      },
    });

    const record = await measure(hub, { users: 2 }, { memory: MEMORY });

    expect(record.memory).toBeUndefined();
    expect(record.notRun?.memory).toBe('bench-memory-u2 did not get a kernel that is ready: its kernel died');
    expect(record.verdict).toBe('incomplete');
  });

  it('leave no verdict behind when they are interrupted', async () => {
    const interruption = new AbortController();
    const hub = benchStandIn({
      at: (step, user) => {
        if (step === 'ready' && user.includes('memory')) interruption.abort(new InterruptedError('SIGINT'));
      },
    });

    const record = await measure(hub, {}, { memory: MEMORY }, interruption.signal);

    expect(record).toMatchObject({ verdict: 'incomplete', interrupted: true });
    expect(record.rounds).toHaveLength(2);
  });

  it('name a browser that cannot be started', async () => {
    const record = await measure(
      benchStandIn(),
      { browser: join(out, 'no-chromium'), browserStarts: 1 },
      { browser: { hubUrl: '', password: '' } },
    );

    expect(record.verdict).toBe('incomplete');
    expect(record.notRun?.browser).toMatch(/no-chromium cannot be started: /);
  });
});
