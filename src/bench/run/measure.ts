import type { AcceptanceRecord } from '../../record/acceptance-record.ts';
import { RecordKeeper, type StoredRecord } from '../../record/record-keeper.ts';
import type { RunRecord } from '../../record/run-record.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import type { BenchTarget } from '../target/bench-target.ts';
import type { RunIo } from '../target/run-io.ts';
import { recordEnvironment } from './environment-record.ts';
import { runFurtherRounds } from './further-rounds.ts';
import { GrowingRecord } from './growing-record.ts';
import { type Run, runRounds } from './rounds.ts';

/** What the record of a run that is to be accepted has besides rounds. */
export interface Acceptance {
  readonly known: AcceptanceRecord;
  /** It is called last of all. @returns all that is known then, `known` included */
  readonly examine: () => Promise<AcceptanceRecord>;
}

export interface StoredRun extends StoredRecord {
  readonly record: RunRecord;
}

/** Runs one plan on a target that is open, and stores the record as it grows. */
export async function measure(
  plan: BenchPlan,
  target: BenchTarget,
  io: RunIo,
  acceptance?: Acceptance,
): Promise<StoredRun> {
  const keeper = new RecordKeeper(io.out, io.onWarning);
  const context = {
    startedAt: new Date(),
    backend: target.backend,
    environment: await recordEnvironment(target.pythonVersions),
    ...(acceptance && { acceptance: acceptance.known }),
  };
  const record = new GrowingRecord(plan, context, (now) => keeper.store(now));
  await runPlan({ plan, target, io, record }, acceptance?.examine);
  return { record: await record.end(), ...keeper.stored };
}

/**
 * The warm-up, the judged rounds, and what comes after them. An interruption ends the run early: the
 * record is then incomplete, and kept.
 */
export async function runPlan(run: Run, examine?: Acceptance['examine']): Promise<void> {
  const { record, io } = run;
  const { signal } = io;
  await record.begin();
  const obstacle = await runRounds(run);
  if (obstacle !== undefined && !signal.aborted) await record.include({ endedBy: obstacle });
  await runFurtherRounds(run, obstacle);
  if (examine !== undefined && !signal.aborted) await record.include({ acceptance: await examine() });
  if (signal.aborted) await record.include({ interrupted: true });
}
