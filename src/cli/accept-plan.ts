import type { StoredRun } from '../bench/run/bench-session.ts';
import type { BenchPlan } from '../bench/plan/bench-plan.ts';
import type { Progress } from './progress.ts';
import { observe } from './run-plans.ts';
import type { StackSettings } from './stack-flags.ts';
import { withInterruption } from './with-interruption.ts';

export interface AcceptPlanOptions extends StackSettings {
  readonly out: string;
  readonly progress: Progress;
}

/** Runs an acceptance on a stack of its own, with the modules that measure loaded only now. */
export async function acceptPlan(plan: BenchPlan, options: AcceptPlanOptions): Promise<StoredRun> {
  const { runAcceptance } = await import('../accept/run-acceptance.ts');
  const { startBenchStack } = await import('../bench/target/start-own-target.ts');
  const { out, progress, ...settings } = options;
  const onProgress = progress.update.bind(progress);
  const observer = observe(plan, progress);
  return withInterruption(async (interruption) => {
    const startStack = (signal: AbortSignal): ReturnType<typeof startBenchStack> =>
      startBenchStack({ ...settings, plan, onProgress, signal });
    const run = await runAcceptance({ plan, out, observer, onProgress, startStack }, interruption);
    interruption.throwIfAborted();
    return run;
  }).finally(() => progress.end());
}
