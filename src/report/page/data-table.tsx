import type { VNode } from 'preact';

import type { Table } from '../../text/table.ts';

interface DataTableProps {
  readonly table: Table;
  readonly caption: string;
  /** Figures stand to the right, so that their digits do. */
  readonly of?: 'figures' | 'words';
}

/** Scrolls by itself where it is wider than the page, also with the keyboard. */
export function DataTable({ table, caption, of = 'figures' }: DataTableProps): VNode {
  const [first, ...others] = table.head;
  const cell = of === 'figures' ? 'number' : 'words';
  return (
    <div class="scroll" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{first}</th>
            {others.map((name) => (
              <th scope="col" class={cell}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map(([label, ...figures]) => (
            <tr>
              <th scope="row">{label}</th>
              {figures.map((figure) => (
                <td class={cell}>{figure}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
