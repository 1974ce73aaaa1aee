import type { VNode } from 'preact';

import { judgedRounds } from '../../record/judged-rounds.ts';
import type { RoundRecord } from '../../record/run-record.ts';
import { STAGE_LABELS, START_STAGES } from '../../record/stages.ts';
import type { UserRecord } from '../../record/user-record.ts';
import { formatMs } from '../../text/format-ms.ts';
import { slowestUser } from '../../stats/summarize.ts';
import { outcomeOf } from '../parts/user-failure.ts';
import { userTable } from '../tables/user-table.ts';
import { Chart } from './chart.tsx';
import { stageColour } from './stage-colours.ts';
import { waterfallChart } from './waterfall-chart.ts';

/** More rows than this are no picture any more; the table has all. */
const MAX_DRAWN = 50;

const LEGEND = START_STAGES.map((stage) => ({ label: STAGE_LABELS[stage], colour: stageColour(stage) }));

/** A waterfall a round; the slowest judged one is open. */
export function Rounds({
  rounds,
  budgetMs,
}: {
  readonly rounds: readonly RoundRecord[];
  readonly budgetMs: number;
}): VNode {
  const open = slowestRound(rounds);
  return (
    <>
      {rounds.map((round) => (
        <details class="round" open={round === open}>
          <summary>{headline(round)}</summary>
          <Waterfall round={round} budgetMs={budgetMs} />
        </details>
      ))}
    </>
  );
}

function Waterfall({ round, budgetMs }: { readonly round: RoundRecord; readonly budgetMs: number }): VNode {
  const drawn = drawnUsers(round.users);
  const which = drawn.length < round.users.length ? `the ${drawn.length} slowest users` : 'every user';
  return (
    <Chart
      caption={`${roundName(round)}: what ${which} waited for. The dashed line, where it is near, is the budget.`}
      draw={(size) => waterfallChart(drawn, budgetMs, size)}
      table={userTable(round.users)}
      legend={LEGEND}
    />
  );
}

/** Who didn't get through comes first: that is what one looks for. */
function drawnUsers(users: readonly UserRecord[]): readonly UserRecord[] {
  if (users.length <= MAX_DRAWN) return users;
  const endMs = ({ stages }: UserRecord): number => stages.cell1Ms ?? Infinity;
  return users.toSorted((a, b) => (endMs(a) < endMs(b) ? 1 : -1)).slice(0, MAX_DRAWN);
}

function slowestRound(rounds: readonly RoundRecord[]): RoundRecord | undefined {
  const slowestMs = ({ users }: RoundRecord): number => slowestUser(users)?.stages.cell1Ms ?? 0;
  return judgedRounds(rounds)
    .toSorted((a, b) => slowestMs(b) - slowestMs(a))
    .at(0);
}

function headline(round: RoundRecord): string {
  const completed = round.users.filter((user) => outcomeOf(user) === 'completed').length;
  const slowest = formatMs(slowestUser(round.users)?.stages.cell1Ms);
  return `${roundName(round)}: ${completed} of ${round.users.length} completed, slowest cell 1 after ${slowest} ms`;
}

function roundName({ index, warmup }: RoundRecord): string {
  return warmup ? `Round ${index} (warm-up, not judged)` : `Round ${index}`;
}
