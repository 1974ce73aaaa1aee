import { judge } from '../acceptance/judge.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import { prepareRecordFolder, storeRecord } from '../results/record-store.ts';
import type { RunRecord } from '../results/run-record.ts';
import type { BenchTarget } from './bench-target.ts';
import { recordEnvironment } from './environment-record.ts';
import type { BenchObserver, BenchPorts } from './ports.ts';
import type { Rival } from './rivals.ts';
import { runBench } from './run-bench.ts';
import { type BrowserPort, measureBrowser } from './measure-browser.ts';
import { type MemoryPort, measureMemory } from './measure-memory.ts';

/** A hub that runs, and what is known about it. */
export interface BenchStack extends BenchTarget {
  /** Versions by package name, of the environment that hub and guest run in. */
  readonly pythonVersions: Readonly<Record<string, string>>;
  /** Where memory is asked for. */
  readonly memory?: MemoryPort;
  /** Where a browser can be let in. */
  readonly browser?: BrowserPort;
  /** What the plans are to be compared with. */
  readonly rivals?: readonly Rival[];
}

export interface BenchSession<Started extends BenchStack = BenchStack> {
  /** One run each, on the same stack. */
  readonly plans: readonly BenchPlan[];
  /** The folder of records. */
  readonly out: string;
  readonly observer: BenchObserver;
  readonly startStack: (signal: AbortSignal) => Promise<Started>;
  /** What is done with a run's stack before it is stopped; default: nothing. */
  readonly conclude?: (run: StoredRun, stack: Started, signal: AbortSignal) => Promise<StoredRun>;
}

export interface StoredRun {
  readonly record: RunRecord;
  readonly path: string;
}

/**
 * Runs from an empty machine to an empty machine. That the record can be stored is proved
 * before anything is started; whatever happens, the stack is stopped before this returns or throws.
 */
export async function runSession<Started extends BenchStack>(
  session: BenchSession<Started>,
  signal: AbortSignal,
): Promise<readonly StoredRun[]> {
  await prepareRecordFolder(session.out);
  const stack = await session.startStack(signal);
  try {
    const runs: StoredRun[] = [];
    for (const plan of session.plans) {
      if (!signal.aborted) runs.push(await measureAndConclude(plan, session, stack, signal));
    }
    return runs;
  } finally {
    await stack.stop();
  }
}

async function measureAndConclude<Started extends BenchStack>(
  plan: BenchPlan,
  session: BenchSession<Started>,
  stack: Started,
  signal: AbortSignal,
): Promise<StoredRun> {
  const run = await measure(plan, session, stack, signal);
  return session.conclude === undefined || signal.aborted ? run : session.conclude(run, stack, signal);
}

async function measure(
  plan: BenchPlan,
  { out, observer }: Pick<BenchSession, 'out' | 'observer'>,
  stack: BenchStack,
  signal: AbortSignal,
): Promise<StoredRun> {
  let path = '';
  const store = async (record: RunRecord): Promise<void> => {
    path = await storeRecord(out, record);
  };
  const context = {
    startedAt: new Date(),
    backend: stack.backend,
    environment: await recordEnvironment(stack.pythonVersions),
    rivals: stack.rivals ?? [],
  };
  const ports = { ...stack.connect(observer), store };
  const record = await runBench(plan, context, ports, signal);
  return { record: await withFurtherRounds(record, plan, stack, ports, signal), path };
}

async function withFurtherRounds(
  record: RunRecord,
  plan: BenchPlan,
  { memory, browser }: BenchStack,
  ports: BenchPorts,
  signal: AbortSignal,
): Promise<RunRecord> {
  let measured = record;
  if (memory !== undefined && !signal.aborted) {
    measured = await withMemory(measured, plan, memory, ports, signal);
  }
  if (browser !== undefined && !signal.aborted) {
    measured = await withBrowser(measured, plan, browser, ports, signal);
  }
  return measured;
}

/** Last of all: a browser takes the processor that everything else is measured on. */
async function withBrowser(
  record: RunRecord,
  plan: BenchPlan,
  port: BrowserPort,
  ports: BenchPorts,
  signal: AbortSignal,
): Promise<RunRecord> {
  if (plan.browser === undefined) return record;
  const browser = await measureBrowser(plan, plan.browser, ports, port, signal);
  if (browser === undefined) return record;
  const { plan: planned, rounds, comparisons } = record;
  const evidence = { plan: planned, rounds, browser, ...(comparisons && { comparisons }) };
  const { verdict, criteria } = judge(evidence);
  const measured = { ...record, browser, verdict, criteria: [...criteria] };
  await ports.store(measured);
  return measured;
}

/** After the judged rounds: reading memory takes time that nobody's start should be charged with. */
async function withMemory(
  record: RunRecord,
  plan: BenchPlan,
  port: MemoryPort,
  ports: BenchPorts,
  signal: AbortSignal,
): Promise<RunRecord> {
  const memory = await measureMemory(plan, ports, port, signal);
  if (memory === undefined) return record;
  const measured = { ...record, memory };
  await ports.store(measured);
  return measured;
}
