import type { Readiness, ReadinessRow } from './readiness.ts';
import { onOneLine } from '../text/printable.ts';

const MARKS: Readonly<Record<ReadinessRow['status'], string>> = {
  ready: '✔',
  'not ready': '✘',
  'not checked': '–',
};

/** One line a check, what mends it below; sentences don't fit a table's columns. */
export function readinessTable({ rows, ready }: Readiness): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const areas = [...new Set(rows.map(({ area }) => area))];
  const lines = areas.flatMap((area) => [
    area,
    ...rows.filter((row) => row.area === area).flatMap((row) => describe(row, width)),
  ]);
  return [...lines, '', closing(rows, ready)].join('\n');
}

function describe({ name, status, found, mend, required }: ReadinessRow, width: number): readonly string[] {
  const optional = status === 'not ready' && !required ? ' (runs are possible without)' : '';
  const line = `  ${MARKS[status]} ${name.padEnd(width)}  ${status}: ${onOneLine(found)}${optional}`;
  return mend === undefined ? [line] : [line, `      → ${mend}`];
}

function closing(rows: readonly ReadinessRow[], ready: boolean): string {
  const count = (status: ReadinessRow['status']): number =>
    rows.filter((row) => row.status === status).length;
  const counts = `${count('ready')} ready, ${count('not ready')} not ready, ${count('not checked')} not checked`;
  return `${ready ? 'ready' : 'not ready'}: ${counts}`;
}
