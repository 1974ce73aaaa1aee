import * as Plot from '@observablehq/plot';

import { stageSteps } from '../../record/stage-steps.ts';
import { STAGE_LABELS } from '../../record/stages.ts';
import type { UserRecord } from '../../record/user-record.ts';
import { formatMs } from '../../text/format-ms.ts';
import { failureOf } from '../parts/user-failure.ts';
import { type ChartSize, shorten, X_AXIS } from './chart-size.ts';
import { plotSvg } from './plot-svg.ts';
import { stageColour } from './stage-colours.ts';

const ROW_HEIGHT = 18;

/** One row a user, one bar a stage. */
export function waterfallChart(users: readonly UserRecord[], budgetMs: number, size: ChartSize): string {
  const bars = users.flatMap((user, row) => barsOf(user, row));
  const lastMs = Math.max(1, ...bars.map(({ toMs }) => toMs));
  // A budget far beyond what was needed would press the bars together.
  const budget = budgetMs <= lastMs * 1.5 ? [budgetMs] : [];
  const labels = users.map(({ user }) => shorten(user, size.labelLength));
  return plotSvg({
    width: size.width,
    height: users.length * ROW_HEIGHT + 62,
    marginLeft: size.marginLeft,
    marginBottom: X_AXIS.marginBottom,
    marginRight: 16,
    x: {
      label: 'ms from the barrier',
      labelOffset: X_AXIS.labelOffset,
      grid: true,
      ticks: size.width / 90,
      domain: [0, Math.max(lastMs, ...budget)],
    },
    y: {
      label: null,
      domain: users.map((_, row) => row),
      tickFormat: (row: number) => labels[row] ?? '',
      tickSize: 0,
    },
    marks: [
      Plot.barX(bars, { x1: 'fromMs', x2: 'toMs', y: 'row', fill: 'colour', title: 'title', inset: 0.5 }),
      Plot.text(failures(users), { x: 'endMs', y: 'row', text: 'text', textAnchor: 'start', dx: 4 }),
      Plot.ruleX(budget, { stroke: 'currentColor', strokeDasharray: '4 3' }),
    ],
  });
}

function barsOf(
  user: UserRecord,
  row: number,
): readonly Readonly<Record<string, unknown> & { toMs: number }>[] {
  return stageSteps(user.stages).map(({ stage, fromMs, toMs }) => ({
    row,
    fromMs,
    toMs,
    colour: stageColour(stage),
    title: `${user.user}: ${STAGE_LABELS[stage]} +${formatMs(toMs - fromMs)} → ${formatMs(toMs)} ms`,
  }));
}

function failures(users: readonly UserRecord[]): readonly Readonly<Record<string, unknown>>[] {
  return users.flatMap((user, row) => {
    const endMs = stageSteps(user.stages).at(-1)?.toMs ?? 0;
    const failure = failureOf(user);
    return failure === undefined ? [] : [{ row, endMs, text: `✘ ${failure.where}` }];
  });
}
