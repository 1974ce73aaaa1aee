// How often `compare` is wrong, and how many rounds it needs to be right:
//   node scripts/measure-compare.ts [--comparisons 200] [--seed 1] [RECORD…]
// Without records: those in bench-results/ that docs/measuring.md gives figures of. See there for what
// is resampled, and why. The same seed gives the same figures.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

import { parseWholeNumber } from '../src/bench/plan/flag-values.ts';
import { plainTable } from '../src/text/plain-table.ts';
import { readRecord } from '../src/record/read-record.ts';
import type { RoundRecord, RunRecord } from '../src/record/run-record.ts';
import { compareRecords } from '../src/stats/compare-records.ts';
import { checkComparability } from '../src/stats/comparability.ts';
import { completeRounds } from '../src/stats/round-figures.ts';
import { delayed, delays, resampledRun } from './resampled-runs.ts';

const FOLDER = 'bench-results';
/** Measured on a quiet machine: the noise of a busy one hides 20 ms from everybody. */
const QUIET = ['2026-11-24T12-48-18Z-1u-embedded.json', '2026-11-24T12-49-19Z-5u-embedded.json'];
const ROUNDS = [6, 10, 20, 30, 40];
/** Fewer than this can't be drawn from as if they were many. */
const MIN_ROUNDS = 10;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    comparisons: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const comparisons = parseWholeNumber('--comparisons', values.comparisons, { min: 1, max: 100_000 });
const random = xoroshiro128plus(parseWholeNumber('--seed', values.seed, { min: 0, max: 2 ** 31 - 1 }));
const files = positionals.length > 0 ? positionals : QUIET.map((name) => join(FOLDER, name));

const head = [
  'measured rounds of',
  'rounds a run',
  'same thing told apart',
  "'same'",
  'delay found and named',
];
const rows = (await Promise.all(files.map(sourcesOf))).flat().flatMap(rowsOf);
console.log(`${comparisons} comparisons each, seed ${values.seed}\n${plainTable({ head, rows })}`);
console.log(await realPairs());

interface Source {
  readonly name: string;
  readonly rounds: readonly RoundRecord[];
}

/** Ours, the floor and the baseline are three things with noise of their own. */
async function sourcesOf(file: string): Promise<readonly Source[]> {
  const { rounds, comparisons: turns } = await readRecord(file);
  const name = basename(file, '.json');
  const rivals = Object.entries(turns ?? {}).map(([rival, one]) => ({
    name: `${name}, ${rival}`,
    rounds: one?.rounds ?? [],
  }));
  return [{ name, rounds }, ...rivals].filter((source) => completeRounds(source.rounds).length >= MIN_ROUNDS);
}

function rowsOf({ name, rounds }: Source): readonly (readonly string[])[] {
  return ROUNDS.map((count) => {
    const verdicts = compareSame(rounds, count);
    const wrong = verdicts.filter((verdict) => verdict === 'slower' || verdict === 'faster').length;
    const same = verdicts.filter((verdict) => verdict === 'same').length;
    return [name, `${count}`, percent(wrong), percent(same), percent(countFound(rounds, count))];
  });
}

function compareSame(rounds: readonly RoundRecord[], count: number): readonly string[] {
  return Array.from({ length: comparisons }, () => {
    const [first, second] = drawPair(rounds, count, random);
    return compareRecords({ rounds: first }, { rounds: second }).verdict;
  });
}

/** Of delays that take turns through the stages: how many make the run slower by the stage's name. */
function countFound(rounds: readonly RoundRecord[], count: number): number {
  const added = delays(rounds);
  return Array.from({ length: comparisons }, (_, index) => added[index % added.length])
    .filter((delay) => delay !== undefined)
    .filter(({ stage, delayMs }) => {
      const [first, second] = drawPair(rounds, count, random);
      const found = compareRecords({ rounds: first }, { rounds: delayed(second, stage, delayMs) });
      const named = found.figures.some(({ name, verdict }) => name === stage && verdict === 'slower');
      return found.verdict === 'slower' && named;
    }).length;
}

function drawPair(
  rounds: readonly RoundRecord[],
  count: number,
  generator: RandomGenerator,
): readonly [RoundRecord[], RoundRecord[]] {
  return [resampledRun(rounds, count, generator), resampledRun(rounds, count, generator)];
}

function percent(count: number): string {
  return `${((count / comparisons) * 100).toFixed(1)} %`;
}

/** Runs of one commit and one plan, as they were measured: what they differ in is the machine. */
async function realPairs(): Promise<string> {
  const records = await Promise.all(
    (await readdir(FOLDER))
      .filter((name) => name.endsWith('u-embedded.json'))
      .map((name) => readRecord(join(FOLDER, name))),
  );
  const pairs = records.flatMap((first, index) =>
    records
      .slice(index + 1)
      .filter((second) => isSame(first, second))
      .map((second) => [first, second] as const),
  );
  return ['pairs of real runs of one commit:', ...pairs.map(describePair)].join('\n');
}

function isSame(first: RunRecord, second: RunRecord): boolean {
  return (
    first.environment.gitCommit === second.environment.gitCommit &&
    checkComparability(first, second).obstacles.length === 0 &&
    Math.min(completeRounds(first.rounds).length, completeRounds(second.rounds).length) >= MIN_ROUNDS
  );
}

function describePair([first, second]: readonly [RunRecord, RunRecord]): string {
  const alone = compareRecords({ rounds: first.rounds }, { rounds: second.rounds }).verdict;
  const { verdict } = compareRecords(first, second);
  return `  ${first.startedAt} and ${second.startedAt}: ${verdict}; without the floor: ${alone}`;
}
