import { judgedRounds } from '../record/judged-rounds.ts';
import type { RunRecord } from '../record/run-record.ts';
import { completeRounds } from './round-figures.ts';

export interface Comparability {
  /** Why the two cannot be compared; empty where they can. */
  readonly obstacles: readonly string[];
  /** What else differs, and may be what the comparison shows. */
  readonly warnings: readonly string[];
}

/** How long and by what a run was judged changes nothing of what was measured. */
const IRRELEVANT: ReadonlySet<string> = new Set([
  'rounds',
  'durationMs',
  'budgetMs',
  'timeoutMs',
  'thresholds',
  // After all that is compared.
  'memory',
  'browserStarts',
  'restart',
]);
/** May be the very thing that is compared. */
const TELLING: ReadonlySet<string> = new Set(['controller', 'snapshot', 'comparisons', 'hub']);

const MAX_LISTED = 6;

/** All other parts of the plan must be the same, those too that later releases add. */
export function checkComparability(first: RunRecord, second: RunRecord): Comparability {
  const planned = differences(first.plan, second.plan).filter(({ name }) => !IRRELEVANT.has(name));
  return {
    obstacles: [
      ...differences({ backend: first.backend.kind }, { backend: second.backend.kind }).map(describe),
      ...planned.filter(({ name }) => !TELLING.has(name)).map(describe),
      ...withoutRounds('first', first),
      ...withoutRounds('second', second),
    ],
    warnings: [
      ...planned.filter(({ name }) => TELLING.has(name)).map(describe),
      ...otherMachine(first, second),
      ...otherVersions(first, second),
      ...leftOut('first', first),
      ...leftOut('second', second),
    ],
  };
}

interface Difference {
  readonly name: string;
  readonly values: readonly [string, string];
}

/** Field by field; what one of them lacks differs too. */
function differences(first: object, second: object): readonly Difference[] {
  const [ours, theirs] = [first, second].map((one) => new Map<string, unknown>(Object.entries(one)));
  const names = new Set([...(ours?.keys() ?? []), ...(theirs?.keys() ?? [])]);
  return [...names].flatMap((name) => {
    const values = [shown(ours?.get(name)), shown(theirs?.get(name))] as const;
    return values[0] === values[1] ? [] : [{ name, values }];
  });
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describe({ name, values }: Difference): string {
  return `${name}: ${values.join(' and ')}`;
}

function withoutRounds(which: string, { rounds }: RunRecord): readonly string[] {
  if (completeRounds(rounds).length > 0) return [];
  return [`the ${which} run has no judged round in which every user got to the end of cell 1`];
}

function leftOut(which: string, { rounds }: RunRecord): readonly string[] {
  const judged = judgedRounds(rounds).length;
  const missing = judged - completeRounds(rounds).length;
  if (missing === 0) return [];
  return [`${missing} of ${judged} rounds of the ${which} run are left out: not every user got through`];
}

function otherMachine(first: RunRecord, second: RunRecord): readonly string[] {
  const [ours, theirs] = [first, second].map(({ environment }) => {
    const { cpuModel, cores, memoryMib, kernel } = environment.host;
    return { cpuModel, cores, memoryMib, kernel };
  });
  const found = differences(ours ?? {}, theirs ?? {});
  return found.length === 0 ? [] : [`another machine: ${found.map(describe).join('; ')}`];
}

function otherVersions(first: RunRecord, second: RunRecord): readonly string[] {
  const [ours, theirs] = [first, second].map(({ backend, environment }) => ({
    ...environment.packages,
    ...environment.python,
    node: environment.node,
    [backend.kind]: backend.version,
  }));
  const found = differences(ours ?? {}, theirs ?? {});
  if (found.length === 0) return [];
  const more = found.length > MAX_LISTED ? `; … and ${found.length - MAX_LISTED} more` : '';
  return [`other versions: ${found.slice(0, MAX_LISTED).map(describe).join('; ')}${more}`];
}
