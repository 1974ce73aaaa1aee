import type { ScaleOptions } from '@observablehq/plot';

/** Below the axis: the ticks' figures, and its name under them. */
export const X_AXIS = { marginBottom: 42, labelOffset: 38 } as const;

/** A chart is drawn twice, and the page shows the one that fits: a picture that shrinks has text that nobody reads. */
export interface ChartSize {
  readonly name: 'wide' | 'narrow';
  readonly width: number;
  /** The labels at the left stand in it. */
  readonly marginLeft: number;
  /** How many characters of a label have room in it. */
  readonly labelLength: number;
}

export const CHART_SIZES: readonly ChartSize[] = [
  { name: 'wide', width: 860, marginLeft: 160, labelLength: 20 },
  { name: 'narrow', width: 330, marginLeft: 124, labelLength: 15 },
];

/** One row a label, at the left. */
export function rowAxis(labels: readonly string[], { labelLength }: ChartSize): ScaleOptions {
  return {
    label: null,
    domain: labels,
    tickFormat: (label: string) => shorten(label, labelLength),
    tickSize: 0,
  };
}

/** The end of a user's name tells it from the others, so the middle goes. */
export function shorten(label: string, length: number): string {
  if (label.length <= length) return label;
  const head = Math.floor((length - 1) / 2);
  return `${label.slice(0, head)}…${label.slice(label.length - (length - 1 - head))}`;
}
