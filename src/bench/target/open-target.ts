import type { BenchPlan } from '../plan/bench-plan.ts';
import type { BenchTarget } from './bench-target.ts';
import { openOwnTarget } from './own-target.ts';
import { openRemoteTarget } from './remote-target.ts';
import type { TargetIo } from './run-io.ts';

/**
 * Opens what a plan asks for. To dispose of it leaves nothing of what was started or made for the
 * measurement.
 */
export async function openTarget(plan: BenchPlan, io: TargetIo): Promise<BenchTarget> {
  return plan.hub === undefined ? openOwnTarget(plan, io) : openRemoteTarget(plan.hub, io);
}
