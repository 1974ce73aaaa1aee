// How often `compare` is right on runs that are measured now (docs/measuring.md):
//   node scripts/measure-compare-live.ts [--runs 10] [--rounds 10] [--users 1] [--delay-ms 20] [--keep FOLDER]
// Runs of the same thing take turns with runs in which the hub waits a little before each spawn. On a
// machine that does nothing else: 20 runs take some ten minutes.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { parseWholeNumber } from '../src/bench/plan/flag-values.ts';
import { type RunRecord, runRecordSchema } from '../src/record/run-record.ts';
import { compareRecords } from '../src/stats/compare-records.ts';
import { describeSamples } from '../src/stats/statistics.ts';
import { requireFreshBuild } from './fresh-build.ts';

const BIN = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;
/** What a wait before the spawn may be part of: of both, whichever the hub tells its listeners last. */
const DELAYED_STAGES: readonly string[] = ['sandboxCreated', 'serverReady'];

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '10' },
    users: { type: 'string', default: '1' },
    'delay-ms': { type: 'string', default: '20' },
    keep: { type: 'string' },
  },
});
const runs = parseWholeNumber('--runs', values.runs, { min: 2, max: 1000 });
const delayMs = parseWholeNumber('--delay-ms', values['delay-ms'], { min: 1, max: 60_000 });

requireFreshBuild(fileURLToPath(new URL('..', import.meta.url)));
const folder = await mkdtemp(join(tmpdir(), 'measure-compare-'));
try {
  const configurations = { plain: await hubConfig('plain', 0), delayed: await hubConfig('delayed', delayMs) };
  const plain: RunRecord[] = [];
  const delayed: RunRecord[] = [];
  for (let run = 1; run <= runs; run += 1) {
    plain.push(await measure('plain', configurations.plain));
    delayed.push(await measure('delayed', configurations.delayed));
    console.error(`${run} of ${runs} runs of each`);
  }
  console.log(report(plain, delayed));
} finally {
  await rm(folder, { recursive: true });
}

/** Two files of one name: by it, runs are of one plan. */
async function hubConfig(name: string, waitMs: number): Promise<string> {
  const path = join(folder, name, 'hub_config.py');
  const wait = `import asyncio\n\n\nasync def wait(spawner):\n    await asyncio.sleep(${waitMs / 1000})\n\n\nc.Spawner.pre_spawn_hook = wait\n`;
  await mkdir(join(folder, name));
  await writeFile(path, waitMs === 0 ? '' : wait);
  return path;
}

async function measure(name: string, config: string): Promise<RunRecord> {
  const out = join(values.keep ?? folder, `${name}-records`);
  const args = ['bench', '--json', '--floor', '--hub-config', config, '--out', out];
  const flags = ['--users', values.users, '--rounds', values.rounds, '--budget', '60s'];
  const { stdout } = await promisify(execFile)(process.execPath, [BIN, ...args, ...flags], {
    maxBuffer: OUTPUT_LIMIT_BYTES,
  });
  return runRecordSchema.parse(JSON.parse(stdout));
}

function report(plain: readonly RunRecord[], delayed: readonly RunRecord[]): string {
  const same = [...pairsWithin(plain), ...pairsWithin(delayed)].map(
    ([first, second]) => compareRecords(first, second).verdict,
  );
  const toldApart = same.filter((verdict) => verdict === 'slower' || verdict === 'faster').length;
  const changed = plain.flatMap((first) => delayed.map((second) => compareRecords(first, second)));
  const found = changed.filter(
    ({ verdict, figures }) =>
      verdict === 'slower' &&
      figures.some((figure) => DELAYED_STAGES.includes(figure.name) && figure.verdict === 'slower'),
  ).length;
  const p50Ms = describeSamples(plain.flatMap(({ summary }) => summary.cell1Ms?.p50 ?? []))?.p50 ?? 0;
  return [
    `${runs} runs of each, ${values.rounds} rounds with ${values.users} users and --floor, cell 1 p50 ${p50Ms.toFixed(0)} ms`,
    `the same thing told apart: ${toldApart} of ${same.length} comparisons (${percent(toldApart, same.length)})`,
    `${delayMs} ms more before each sandbox found and named: ${found} of ${changed.length} (${percent(found, changed.length)})`,
  ].join('\n');
}

function pairsWithin(records: readonly RunRecord[]): readonly (readonly [RunRecord, RunRecord])[] {
  return records.flatMap((first, index) =>
    records.slice(index + 1).map((second) => [first, second] as const),
  );
}

function percent(count: number, of: number): string {
  return `${((100 * count) / of).toFixed(1)} %`;
}
