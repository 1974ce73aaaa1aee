import CliTable from 'cli-table3';

import type { Table } from './table.ts';

/** A table without colours or box corners, numbers to the right of the first column. */
export function plainTable({ head, rows }: Table): string {
  const table = new CliTable({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
