import type { StoredRun } from '../bench/bench-session.ts';
import type { BenchObserver } from '../bench/ports.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import { roundEndLine, roundStartLine } from '../report/progress-lines.ts';
import type { Progress } from './progress.ts';
import { withInterruption } from './with-interruption.ts';

export interface RunPlanOptions {
  readonly out: string;
  readonly tokenFile: string | undefined;
  readonly keepLogs: boolean;
  readonly progress: Progress;
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
  const { out, progress, report } = options;
  const onProgress = progress.update.bind(progress);
  const run = withInterruption(async (signal) => {
    const startStack = (): ReturnType<typeof startBenchStack> =>
      startBenchStack({ ...options, plan, signal, onProgress });
    const stored = await runSession({ plan, out, observer: observe(plan, onProgress), startStack }, signal);
    await progress.end();
    report(stored);
    signal.throwIfAborted();
    return stored;
  });
  return run.finally(() => progress.end());
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
