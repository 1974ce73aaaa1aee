import * as Plot from '@observablehq/plot';

import { isCompleted } from '../../record/user-record.ts';
import { judgedUsers } from '../../record/judged-rounds.ts';
import type { RoundRecord, Summary } from '../../record/run-record.ts';
import { type Stage, STAGE_LABELS, START_STAGES, stageKey } from '../../record/stages.ts';
import { formatMs } from '../../text/format-ms.ts';
import { type ChartSize, rowAxis, X_AXIS } from './chart-size.ts';
import { plotSvg } from './plot-svg.ts';
import { stageColour } from './stage-colours.ts';

/** Finer than a pixel, two samples are one line: ten thousand samples draw no more than this many. */
const STEPS = 400;

/** One row a stage, a fine line a sample, a long one for the median and a dashed one for p95. */
export function distributionChart(rounds: readonly RoundRecord[], summary: Summary, size: ChartSize): string {
  const stages = START_STAGES.filter((stage) => summary[stageKey(stage)] !== undefined);
  const lastMs = Math.max(...stages.map((stage) => summary[stageKey(stage)]?.max ?? 0));
  const row = (stage: Stage): string => STAGE_LABELS[stage];
  const samples = stages.flatMap((stage) =>
    distinct(samplesOf(rounds, stage), lastMs / STEPS).map((ms) => ({
      ms,
      row: row(stage),
      colour: stageColour(stage),
    })),
  );
  const lines = (pick: 'p50' | 'p95'): readonly { readonly ms: number; readonly row: string }[] =>
    stages.flatMap((stage) => {
      const ms = summary[stageKey(stage)]?.[pick];
      return ms === undefined ? [] : [{ ms, row: row(stage) }];
    });
  return plotSvg({
    width: size.width,
    height: stages.length * 36 + 62,
    marginLeft: size.marginLeft,
    marginBottom: X_AXIS.marginBottom,
    marginRight: 56,
    x: {
      label: 'ms from the barrier',
      labelOffset: X_AXIS.labelOffset,
      grid: true,
      ticks: size.width / 90,
      domain: [0, lastMs],
    },
    y: rowAxis(stages.map(row), size),
    marks: [
      Plot.tickX(samples, {
        x: 'ms',
        y: 'row',
        stroke: 'colour',
        strokeOpacity: 0.7,
        insetTop: 5,
        insetBottom: 5,
      }),
      Plot.tickX(lines('p50'), { x: 'ms', y: 'row', stroke: 'currentColor', strokeWidth: 2.5 }),
      Plot.tickX(lines('p95'), {
        x: 'ms',
        y: 'row',
        stroke: 'currentColor',
        strokeWidth: 1.5,
        strokeDasharray: '3 2',
      }),
      Plot.text(lines('p50'), {
        y: 'row',
        text: ({ ms }: { readonly ms: number }) => formatMs(ms),
        frameAnchor: 'right',
        textAnchor: 'start',
        dx: 10,
        fontWeight: 600,
      }),
    ],
  });
}

function samplesOf(rounds: readonly RoundRecord[], stage: Stage): readonly number[] {
  return judgedUsers(rounds)
    .filter(isCompleted)
    .flatMap(({ stages }) => stages[stageKey(stage)] ?? []);
}

function distinct(samples: readonly number[], step: number): readonly number[] {
  return [...new Map(samples.map((ms) => [Math.round(ms / step), ms])).values()];
}
