import { GrowingRecord, type RunContext } from '../../src/bench/run/growing-record.ts';
import { runPlan } from '../../src/bench/run/measure.ts';
import type { BenchTarget, ComparedHub } from '../../src/bench/target/bench-target.ts';
import type { BenchKernel, BenchObserver, ServerEvent, TargetPorts } from '../../src/bench/target/ports.ts';
import type { RunIo } from '../../src/bench/target/run-io.ts';
import type { CellOutput } from '../../src/kernel/cell-output.ts';
import type { BenchPlan } from '../../src/bench/plan/bench-plan.ts';
import type { Leftover, RunRecord } from '../../src/record/run-record.ts';

/** The steps of a user's life, as the stand-in logs them. */
export const STEPS = [
  'createUsers',
  'createToken',
  'requestServer',
  'serverProgress',
  'startKernel',
  'connected',
  'ready',
  'execute',
  'probe',
  'restart',
  'stopServer',
] as const;

export type Step = (typeof STEPS)[number];

export interface StandInPorts extends TargetPorts {
  readonly observer: BenchObserver;
  readonly store: (record: RunRecord) => Promise<void>;
}

export interface StandIn {
  readonly ports: StandInPorts;
  /** Every call at a port, in order. */
  readonly log: string[];
  /** Every version of the record, in the order of storing. */
  readonly stored: RunRecord[];
}

interface Behaviour {
  /** Called at each step before it succeeds; may throw, abort, or never resolve. */
  readonly at?: (step: Step, user: string, signal: AbortSignal) => Promise<void> | void;
  readonly events?: readonly ServerEvent[];
  readonly output?: (user: string, code: string) => CellOutput;
  readonly leftovers?: readonly Leftover[];
}

const EVENTS: readonly ServerEvent[] = [
  { message: 'Server requested' },
  { message: 'sandbox sb-1 created', stage: 'sandbox-created' },
  { message: 'Server ready', ready: true },
];

/** Stands in for everything outside of src/bench, with a clock that advances 10 ms a reading. */
export function benchStandIn(behaviour: Behaviour = {}): StandIn {
  const log: string[] = [];
  const stored: RunRecord[] = [];
  let nowMs = 0;
  const step = async (name: Step, user: string, signal: AbortSignal): Promise<void> => {
    log.push(`${name} ${user}`);
    await behaviour.at?.(name, user, signal);
    signal.throwIfAborted();
  };
  const ports: StandInPorts = {
    hub: {
      createUsers: (users, signal) => step('createUsers', users.join('+'), signal),
      createToken: async (user, signal) => {
        await step('createToken', user, signal);
        return `token-of-${user}`;
      },
      requestServer: (user, signal) => step('requestServer', user, signal),
      async *serverProgress(user, signal) {
        await step('serverProgress', user, signal);
        yield* behaviour.events ?? EVENTS;
      },
      serverUrl: (user) => `http://hub/user/${user}/`,
      stopServer: (user, signal) => step('stopServer', user, signal),
    },
    kernels: {
      start: async ({ serverUrl, token }, signal) => {
        const user = token.replace('token-of-', '');
        await step('startKernel', user, signal);
        log.push(`  at ${serverUrl}`);
        return standInKernel(user, signal);
      },
      probe: async (user, _kernel, signal) => {
        await step('probe', user, signal);
        return { status: 'answered', heartbeatMs: 1, kernelInfoMs: 2 };
      },
    },
    leftovers: {
      before: () => Promise.resolve(),
      during: () => Promise.resolve(),
      find: () => Promise.resolve(behaviour.leftovers ?? []),
    },
    observer: { roundStarted: () => undefined, userEnded: () => undefined, roundEnded: () => undefined },
    clock: { now: () => (nowMs += 10) },
    store: (record) => {
      stored.push(record);
      return Promise.resolve();
    },
  };

  function standInKernel(user: string, signal: AbortSignal): BenchKernel {
    return {
      connected: () => step('connected', user, signal),
      ready: () => step('ready', user, signal),
      execute: async (code) => {
        await step('execute', user, signal);
        return behaviour.output?.(user, code) ?? { kind: 'shown', text: code.replace('show ', '') };
      },
      kernelSession: () => 's-1',
      restart: () => step('restart', user, signal),
      dispose: () => {
        log.push(`dispose ${user}`);
      },
    };
  }

  return { ports, log, stored };
}

/** A plan whose cells show the user's number. */
export function standInPlan(changes: Partial<BenchPlan> = {}): BenchPlan {
  const users = changes.users ?? 1;
  return {
    users,
    rounds: 1,
    budgetMs: 1000,
    timeoutMs: 5000,
    controller: 'embedded',
    snapshot: undefined,
    spawner: 'forkd',
    comparisons: [],
    memory: false,
    restart: false,
    browserStarts: 0,
    arrivals: { kind: 'burst' },
    arrivalsText: 'burst',
    seed: 1,
    thresholds: [],
    failFast: false,
    userPrefix: 'bench',
    expressions: Array.from({ length: users }, (_, index) => ({
      code: `show ${index + 1}`,
      expression: `show ${index + 1}`,
      expected: `${index + 1}`,
    })),
    expressionSource: 'built-in',
    ...changes,
  };
}

interface StandInRun extends RunContext {
  readonly comparisons?: readonly ComparedHub[];
}

/** Runs a plan on stand-ins. */
export async function runBench(
  plan: BenchPlan,
  { comparisons = [], ...context }: StandInRun,
  ports: StandInPorts,
  signal: AbortSignal = new AbortController().signal,
): Promise<RunRecord> {
  const { observer, store, ...target } = ports;
  const record = new GrowingRecord(plan, context, store);
  await runPlan({ plan, target: { ports: target, comparisons }, io: { observer, signal }, record });
  return record.end();
}

/** What plans are run against, all of it a stand-in. */
export function standInTarget(ports: TargetPorts, changes: Partial<BenchTarget> = {}): BenchTarget {
  return {
    ports,
    backend: { kind: 'embedded', version: '0.1.0', isolation: 'process fork, no isolation' },
    pythonVersions: {},
    comparisons: [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...changes,
  };
}

/** Tells nobody anything. */
export function silentIo(out: string, changes: Partial<RunIo> = {}): RunIo {
  return {
    out,
    ...{ tokenFile: undefined, envKeep: [], onLogsKept: undefined },
    onProgress: () => undefined,
    onWarning: () => undefined,
    observer: { roundStarted: () => undefined, userEnded: () => undefined, roundEnded: () => undefined },
    signal: new AbortController().signal,
    ...changes,
  };
}
