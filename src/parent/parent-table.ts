import type { ParentRecord, StoredParent } from './parent-record.ts';
import { plainTable } from '../text/plain-table.ts';

const MS_PER_MINUTE = 60_000;
const MINUTES_PER_HOUR = 60;
const HOURS_PER_DAY = 24;

/** One line a snapshot; what isn't known of one that another tool made is a dash. */
export function parentTable(parents: readonly StoredParent[], now: Date): string {
  if (parents.length === 0) return 'no snapshots';
  return plainTable({
    head: ['snapshot', 'age', 'MiB', 'guest', 'Python', 'JupyterLab', 'root disk'],
    rows: parents.map((parent) => describe(parent, now)),
  });
}

function describe({ tag, madeAt, sizeMib, record }: StoredParent, now: Date): readonly string[] {
  const of = (name: string): string => record?.versions[name] ?? '–';
  return [
    ...[tag, age(now.getTime() - new Date(madeAt).getTime()), String(sizeMib)],
    ...[record?.guestVersion ?? '–', of('python'), of('jupyterlab'), record?.rootDisk ?? '–'],
  ];
}

function age(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MS_PER_MINUTE));
  if (minutes < 2 * MINUTES_PER_HOUR) return `${minutes} min`;
  const hours = Math.floor(minutes / MINUTES_PER_HOUR);
  return hours < 2 * HOURS_PER_DAY ? `${hours} h` : `${Math.floor(hours / HOURS_PER_DAY)} d`;
}

/** Said when a parent was built. */
export function parentSummary(record: ParentRecord): string {
  const used = record.usedMemoryMib === undefined ? '' : `, ${record.usedMemoryMib} MiB of them used`;
  return [
    `snapshot:   ${record.tag}, ${record.memoryMib} MiB of memory${used}, ${record.vcpus} vCPU`,
    `root disk:  ${record.rootDisk}, ${record.rootDiskMib} MiB`,
    `guest:      ${record.guestVersion}, warm after ${record.warmAfterS} s`,
    '',
    `Try it: forkd-spawner parent verify --tag ${record.tag} --controller URL --token-file FILE`,
  ].join('\n');
}
