import type { VNode } from 'preact';

import type { Table } from '../../text/table.ts';
import { CHART_SIZES, type ChartSize } from './chart-size.ts';
import { DataTable } from './data-table.tsx';

export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly mark?: string;
}

interface ChartProps {
  /** What it shows, in a sentence: its caption, and its name for a screen reader. */
  readonly caption: string;
  readonly draw: (size: ChartSize) => string;
  /** The same in figures. */
  readonly table: Table;
  readonly legend?: readonly LegendEntry[];
}

export function Chart({ caption, draw, table, legend = [] }: ChartProps): VNode {
  return (
    <figure>
      <figcaption>{caption}</figcaption>
      {legend.length > 0 && <Legend entries={legend} />}
      {CHART_SIZES.map((size) => (
        // Drawn by Plot in a document of its own, which has escaped all text in it.
        <div
          class={size.name}
          role="img"
          aria-label={`Chart: ${caption} The table below has the figures.`}
          dangerouslySetInnerHTML={{ __html: draw(size) }}
        />
      ))}
      <details>
        <summary>
          In figures<span class="visually-hidden">: {caption}</span>
        </summary>
        <DataTable table={table} caption={caption} />
      </details>
    </figure>
  );
}

function Legend({ entries }: { readonly entries: readonly LegendEntry[] }): VNode {
  return (
    <ul class="legend">
      {entries.map(({ label, colour, mark = '■' }) => (
        <li>
          <span aria-hidden="true" style={{ color: colour }}>
            {mark}
          </span>{' '}
          {label}
        </li>
      ))}
    </ul>
  );
}
