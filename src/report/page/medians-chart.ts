import * as Plot from '@observablehq/plot';

import { STAGE_LABELS, START_STAGES, stageKey } from '../../record/stages.ts';
import { type ChartSize, rowAxis, X_AXIS } from './chart-size.ts';
import { plotSvg } from './plot-svg.ts';
import { type Series, SERIES_COLOURS, SERIES_SYMBOLS } from './series.ts';

const DECADES = [1, 10, 100, 1000, 10_000, 100_000];
const FINE = DECADES.flatMap((ms) => [ms, ms * 2, ms * 5]);

/** Medians of several series, one row a stage. On a logarithmic scale equal ratios are equally far apart. */
export function mediansChart(series: readonly Series[], size: ChartSize): string {
  const points = series.flatMap(({ summary }, index) =>
    START_STAGES.flatMap((stage) => {
      const statistics = summary[stageKey(stage)];
      // A logarithm of zero has no place.
      if (statistics === undefined || statistics.min <= 0) return [];
      return [{ index, row: STAGE_LABELS[stage], ...statistics }];
    }),
  );
  const firstMs = Math.min(...points.map(({ min }) => min));
  const lastMs = Math.max(...points.map(({ max }) => max));
  const between = (all: readonly number[]): number[] => all.filter((ms) => ms >= firstMs && ms <= lastMs);
  const ticks = between(FINE).length > size.width / 90 ? between(DECADES) : between(FINE);
  return plotSvg({
    width: size.width,
    height: START_STAGES.length * 36 + 62,
    marginLeft: size.marginLeft,
    marginBottom: X_AXIS.marginBottom,
    marginRight: 24,
    x: { type: 'log', domain: [firstMs, lastMs] },
    y: rowAxis(
      START_STAGES.map((stage) => STAGE_LABELS[stage]),
      size,
    ),
    color: { type: 'ordinal', domain: series.map((_, index) => index), range: [...SERIES_COLOURS] },
    symbol: { type: 'ordinal', domain: series.map((_, index) => index), range: [...SERIES_SYMBOLS] },
    marks: [
      Plot.gridX(ticks),
      // Each label has a text of its own: a logarithmic scale leaves out labels as it sees fit.
      Plot.axisX(ticks, {
        text: String,
        label: 'ms from the barrier, logarithmic',
        labelOffset: X_AXIS.labelOffset,
      }),
      Plot.ruleY(points, {
        x1: 'min',
        x2: 'max',
        y: 'row',
        stroke: 'index',
        strokeWidth: 2,
        strokeOpacity: 0.4,
      }),
      Plot.dot(points, { x: 'p50', y: 'row', fill: 'index', symbol: 'index', r: 6 }),
    ],
  });
}
