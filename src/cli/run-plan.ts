import type { StoredRun } from '../bench/bench-session.ts';
import type { BenchObserver } from '../bench/ports.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import { roundEndLine, roundStartLine } from '../report/progress-lines.ts';
import { withInterruption } from './with-interruption.ts';

export interface RunPlanOptions {
  readonly out: string;
  readonly tokenFile: string | undefined;
  readonly keepLogs: boolean;
  readonly onProgress: (message: string) => void;
  /** Told the result once everything is stopped, also after an interruption. */
  readonly report: (run: StoredRun) => void;
}

/**
 * Runs a plan on a stack of its own. The modules that measure are loaded here: the kernel's client
 * takes long to load, which `--help` and wrong usage need not wait for.
 */
export async function runPlan(plan: BenchPlan, options: RunPlanOptions): Promise<StoredRun> {
  const { runSession } = await import('../bench/bench-session.ts');
  const { startBenchStack } = await import('../bench/start-bench-stack.ts');
  const { out, onProgress, report } = options;
  return withInterruption(async (signal) => {
    const startStack = (): ReturnType<typeof startBenchStack> =>
      startBenchStack({ ...options, plan, signal });
    const run = await runSession({ plan, out, observer: observe(plan, onProgress), startStack }, signal);
    report(run);
    signal.throwIfAborted();
    return run;
  });
}

function observe(plan: BenchPlan, onProgress: (message: string) => void): BenchObserver {
  return {
    roundStarted: (round) => {
      onProgress(roundStartLine(round, plan));
    },
    userEnded: () => undefined,
    roundEnded: (round) => {
      onProgress(roundEndLine(round));
    },
  };
}
