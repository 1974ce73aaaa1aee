import type { BenchPlan } from '../bench/plan/bench-plan.ts';
import type { BenchObserver } from '../bench/target/ports.ts';
import { roundEndLine, roundStartLine, visitLine } from '../report/text/progress-lines.ts';
import { LiveRound } from './live-round.ts';
import type { Progress } from './progress.ts';

/** Shows rounds as they go on. */
export function observeRounds(progress: Progress): BenchObserver {
  const live = progress.showBelow && new LiveRound(progress.showBelow);
  return {
    roundStarted: ({ plan, ...round }) => {
      progress.update(roundStartLine(round, describePlan(plan)));
      live?.start(plan.users);
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
    visitStarted: (visit) => {
      progress.update(visitLine(visit));
    },
  };
}

function describePlan({ users, rounds, durationMs, arrivals, arrivalsText }: BenchPlan): {
  readonly users: number;
  readonly rounds?: number;
  readonly how: string;
} {
  const how = arrivals.kind === 'burst' ? 'at once' : arrivalsText;
  return { users, how, ...(durationMs === undefined && { rounds }) };
}
