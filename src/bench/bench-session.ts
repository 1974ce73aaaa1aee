import type { BenchPlan } from '../plan/bench-plan.ts';
import { prepareRecordFolder, storeRecord } from '../results/record-store.ts';
import type { BackendRecord, RunRecord } from '../results/run-record.ts';
import { type Connections, connectPorts } from './connect-ports.ts';
import { recordEnvironment } from './environment-record.ts';
import type { BenchObserver } from './ports.ts';
import { runBench } from './run-bench.ts';

/** A hub that runs, with the controller behind it. */
export interface BenchStack {
  readonly connections: Connections;
  readonly backend: BackendRecord;
  /** Versions by package name, of the environment that hub and guest run in. */
  readonly pythonVersions: Readonly<Record<string, string>>;
  /** Leaves no process, port or temp folder. */
  stop(): Promise<void>;
}

export interface BenchSession {
  readonly plan: BenchPlan;
  /** The folder of records. */
  readonly out: string;
  readonly observer: BenchObserver;
  readonly startStack: (signal: AbortSignal) => Promise<BenchStack>;
}

export interface StoredRun {
  readonly record: RunRecord;
  readonly path: string;
}

/**
 * One run from an empty machine to an empty machine. That the record can be stored is proved
 * before anything is started; whatever happens, the stack is stopped before this returns or throws.
 */
export async function runSession(session: BenchSession, signal: AbortSignal): Promise<StoredRun> {
  await prepareRecordFolder(session.out);
  const stack = await session.startStack(signal);
  try {
    return await measure(session, stack, signal);
  } finally {
    await stack.stop();
  }
}

async function measure(session: BenchSession, stack: BenchStack, signal: AbortSignal): Promise<StoredRun> {
  const { plan, out, observer } = session;
  let path = '';
  const store = async (record: RunRecord): Promise<void> => {
    path = await storeRecord(out, record);
  };
  const context = {
    startedAt: new Date(),
    backend: stack.backend,
    environment: await recordEnvironment(stack.pythonVersions),
  };
  const record = await runBench(plan, context, connectPorts(stack.connections, { observer, store }), signal);
  return { record, path };
}
