import type { StoredRun } from '../bench/run/bench-session.ts';
import type { BenchObserver } from '../bench/target/ports.ts';
import type { BenchStack } from '../bench/run/bench-session.ts';
import type { BenchPlan } from '../bench/plan/bench-plan.ts';
import { roundEndLine, roundStartLine, visitLine } from '../report/text/progress-lines.ts';
import { LiveRound } from './live-round.ts';
import type { Progress } from './progress.ts';
import type { StackSettings } from './stack-flags.ts';
import { withInterruption } from './with-interruption.ts';

export interface RunPlansOptions extends StackSettings {
  readonly out: string;
  readonly progress: Progress;
  /** Told the results once everything is stopped, also after an interruption. */
  readonly report: (runs: readonly StoredRun[]) => Promise<void>;
}

/**
 * Runs plans that differ in their users only, one after another on a stack of their own. The
 * modules that measure are loaded here: the kernel's client takes long to load, which `--help` and
 * wrong usage need not wait for.
 */
export async function runPlans(
  plans: readonly [BenchPlan, ...BenchPlan[]],
  options: RunPlansOptions,
): Promise<readonly StoredRun[]> {
  const { runSession } = await import('../bench/run/bench-session.ts');
  const { out, progress, report } = options;
  const run = withInterruption(async (signal) => {
    const startStack = async (): Promise<BenchStack> => openStack(plans[0], options, signal);
    const session = { plans, out, observer: observe(plans[0], progress), startStack };
    const runs = await runSession(session, signal);
    await progress.end();
    if (runs.length > 0) await report(runs);
    signal.throwIfAborted();
    requireStored(runs);
    return runs;
  });
  return run.finally(() => progress.end());
}

/** What was measured is shown by now; that it is kept was promised, too. */
export function requireStored(runs: readonly StoredRun[]): void {
  for (const { unstored } of runs) if (unstored !== undefined) throw unstored;
}

/** A stack of our own, or somebody's hub. */
async function openStack(
  plan: BenchPlan,
  options: RunPlansOptions,
  signal: AbortSignal,
): Promise<BenchStack> {
  const { progress } = options;
  const onProgress = progress.update.bind(progress);
  if (plan.hub === undefined) {
    const { startBenchStack } = await import('../bench/target/start-own-target.ts');
    return startBenchStack({ ...options, plan, signal, onProgress });
  }
  const { connectRemoteHub } = await import('../bench/target/connect-remote-hub.ts');
  const onWarning = progress.warn.bind(progress);
  return connectRemoteHub({ hub: plan.hub, signal, onProgress, onWarning });
}

export function observe(plan: BenchPlan, progress: Progress): BenchObserver {
  const { rounds, durationMs, arrivals, arrivalsText } = plan;
  const live = progress.showBelow && new LiveRound(progress.showBelow);
  return {
    roundStarted: (round) => {
      const how = arrivals.kind === 'burst' ? 'at once' : arrivalsText;
      const planned = durationMs === undefined ? { rounds } : {};
      progress.update(roundStartLine(round, { users: round.users, how, ...planned }));
      live?.start(round.users);
    },
    ...(live && {
      stageEnded: (end) => {
        live.stageEnded(end);
      },
    }),
    userEnded: () => undefined,
    roundEnded: (round) => {
      live?.end();
      progress.update(roundEndLine(round));
    },
    warned: (message) => {
      progress.warn(message);
    },
    visitStarted: (visit) => {
      progress.update(visitLine(visit));
    },
  };
}
