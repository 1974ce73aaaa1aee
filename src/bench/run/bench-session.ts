import type { BenchPlan } from '../plan/bench-plan.ts';
import type { AcceptanceRecord } from '../../record/acceptance-record.ts';
import { RecordKeeper, type StoredRecord } from '../../record/record-keeper.ts';
import { prepareRecordFolder } from '../../record/record-store.ts';
import type { RunRecord } from '../../record/run-record.ts';
import type { BenchTarget } from '../target/bench-target.ts';
import { recordEnvironment } from './environment-record.ts';
import type { FurtherPorts } from './further-rounds.ts';
import type { BenchObserver } from '../target/ports.ts';
import type { Rival } from '../target/comparisons.ts';
import { runBench } from './run-bench.ts';

/** A hub that runs, and what is known about it. */
export interface BenchStack extends BenchTarget, FurtherPorts {
  /** Versions by package name, of the environment that hub and guest run in. */
  readonly pythonVersions: Readonly<Record<string, string>>;
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
  /** Where the runs are to be accepted. */
  readonly acceptance?: Acceptance<Started>;
}

/** What an acceptance has in its records besides rounds. */
interface Acceptance<Started extends BenchStack> {
  readonly known: AcceptanceRecord;
  /** @returns what is known once the stack was looked into, `known` included */
  readonly examine: (stack: Started, signal: AbortSignal) => Promise<AcceptanceRecord>;
}

export interface StoredRun extends StoredRecord {
  readonly record: RunRecord;
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
      if (!signal.aborted) runs.push(await measure(plan, session, stack, signal));
    }
    return runs;
  } finally {
    await stack.stop();
  }
}

async function measure<Started extends BenchStack>(
  plan: BenchPlan,
  { out, observer, acceptance }: BenchSession<Started>,
  stack: Started,
  signal: AbortSignal,
): Promise<StoredRun> {
  const keeper = new RecordKeeper(out, (message) => observer.warned?.(message));
  const context = {
    startedAt: new Date(),
    backend: stack.backend,
    environment: await recordEnvironment(stack.pythonVersions),
    rivals: stack.rivals ?? [],
    ...(acceptance && { acceptance: acceptance.known }),
  };
  const store = keeper.store.bind(keeper);
  const ports = { ...stack.connect(observer), store };
  const { memory, browser } = stack;
  const afterwards = {
    ...(memory && { memory }),
    ...(browser && { browser }),
    ...(acceptance && { examine: (end: AbortSignal) => acceptance.examine(stack, end) }),
  };
  const record = await runBench(plan, context, ports, signal, afterwards);
  return { record, ...keeper.stored };
}
