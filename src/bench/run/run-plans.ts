import { prepareRecordFolder } from '../../record/record-store.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import { openTarget } from '../target/open-target.ts';
import type { RunIo } from '../target/run-io.ts';
import { measure, type StoredRun } from './measure.ts';

/**
 * Runs plans that differ in their users only, one after another on one target, from an empty machine
 * to an empty machine. That a record can be stored is proved before anything is started. After an
 * interruption it returns the runs that were begun.
 */
export async function runPlans(
  plans: readonly [BenchPlan, ...BenchPlan[]],
  io: RunIo,
  open: typeof openTarget = openTarget,
): Promise<readonly StoredRun[]> {
  await prepareRecordFolder(io.out);
  await using target = await open(plans[0], io);
  const runs: StoredRun[] = [];
  for (const plan of plans) {
    if (!io.signal.aborted) runs.push(await measure(plan, target, io));
  }
  return runs;
}
