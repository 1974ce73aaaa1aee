import type { LegendEntry } from './chart.tsx';
import type { Summary } from '../../record/run-record.ts';

/** What is compared: a name and its figures. */
export interface Series {
  readonly name: string;
  readonly summary: Summary;
}

/** There is nothing to draw where there is no figure at all. */
export function hasFigures(summary: Summary): boolean {
  return Object.keys(summary).length > 0;
}

/** The colours go with Plot's symbols in their order, so that nothing is told by colour alone. */
export const SERIES_COLOURS = [
  'var(--series-1)',
  'var(--series-2)',
  'var(--series-3)',
  'var(--series-4)',
  'var(--series-5)',
  'var(--series-6)',
] as const;

/** Plot's, named so that a legend can show the same. */
export const SERIES_SYMBOLS = ['circle', 'diamond', 'square', 'triangle', 'star', 'wye'] as const;
const SERIES_MARKS = ['●', '◆', '■', '▲', '★', '⅄'] as const;

/** What the symbols of a chart stand for. */
export function seriesLegend(names: readonly string[]): readonly LegendEntry[] {
  return names.map((label, index) => ({
    label,
    colour: SERIES_COLOURS[index % SERIES_COLOURS.length] ?? 'currentColor',
    mark: SERIES_MARKS[index % SERIES_MARKS.length] ?? '●',
  }));
}
