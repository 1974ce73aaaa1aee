import type { MemoryUsage, RunRecord } from '../../record/run-record.ts';
import type { Table } from '../../text/table.ts';

/** What a ready user costs in memory, and what there is once; nothing where it wasn't read. */
export function memoryTable({ memory }: RunRecord): readonly Table[] {
  if (memory === undefined) return [];
  const row = (label: string, usage: MemoryUsage | undefined): readonly (readonly string[])[] =>
    usage === undefined
      ? []
      : [[label, ...[usage.ussMib, usage.pssMib, usage.rssMib].map((mib) => mib.toFixed(1))]];
  const rows = [
    ...row(`a ready user, mean of ${memory.users}`, memory.perUser),
    ...row('the warm parent', memory.parent),
    ...row('controller and client', memory.controller),
    ...row('hub', memory.hub),
  ];
  return [{ head: ['MiB', 'private (USS)', 'with its share (PSS)', 'total (RSS)'], rows }];
}
