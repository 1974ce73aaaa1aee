import * as Plot from '@observablehq/plot';

import type { RunRecord, Summary } from '../../record/run-record.ts';
import { formatMs } from '../../text/format-ms.ts';
import { type ChartSize, X_AXIS } from './chart-size.ts';
import { plotSvg } from './plot-svg.ts';
import { SERIES_COLOURS, SERIES_SYMBOLS } from './series.ts';

interface Point {
  readonly users: number;
  readonly ms: number;
  readonly line: string;
}

export const SCALING_LINES = ['slowest cell 1 of a round', 'cell 1 done', 'floor: slowest cell 1'] as const;

/** How medians grow with the number of users. */
export function scalingChart(records: readonly RunRecord[], size: ChartSize): string {
  const points = SCALING_LINES.flatMap((line) => records.flatMap((record) => pointOf(record, line)));
  return plotSvg({
    width: size.width,
    height: 320,
    marginLeft: 56,
    marginRight: 30,
    marginBottom: X_AXIS.marginBottom,
    x: {
      label: 'users at once',
      labelOffset: X_AXIS.labelOffset,
      ticks: size.width / 90,
      domain: [0, Math.max(...points.map(({ users }) => users))],
    },
    y: { label: 'ms, p50', grid: true, domain: [0, Math.max(...points.map(({ ms }) => ms))], nice: true },
    color: { domain: [...SCALING_LINES], range: [...SERIES_COLOURS] },
    symbol: { domain: [...SCALING_LINES], range: [...SERIES_SYMBOLS] },
    marks: [
      Plot.line(points, { x: 'users', y: 'ms', stroke: 'line', strokeWidth: 2, sort: 'users' }),
      Plot.dot(points, { x: 'users', y: 'ms', fill: 'line', symbol: 'line', r: 4 }),
      Plot.text(labelled(points), {
        x: 'users',
        y: 'ms',
        text: ({ ms }: Point) => formatMs(ms),
        dy: -12,
        textAnchor: 'end',
        fontWeight: 600,
      }),
    ],
  });
}

/** The uppermost line's, one a number of users: more would lie on each other. */
function labelled(points: readonly Point[]): readonly Point[] {
  const slowest = points.filter(({ line }) => line === SCALING_LINES[0]);
  return [...new Map(slowest.map((point) => [point.users, point])).values()];
}

function pointOf(record: RunRecord, line: (typeof SCALING_LINES)[number]): readonly Point[] {
  const ms = median(record, line);
  return ms === undefined ? [] : [{ users: record.plan.users, ms, line }];
}

function median(
  { summary, comparisons }: RunRecord,
  line: (typeof SCALING_LINES)[number],
): number | undefined {
  const slowest = (one: Summary | undefined): number | undefined => one?.slowestCell1Ms?.p50;
  switch (line) {
    case 'slowest cell 1 of a round':
      return slowest(summary);
    case 'cell 1 done':
      return summary.cell1Ms?.p50;
    case 'floor: slowest cell 1':
      return slowest(comparisons?.floor?.summary);
  }
}
