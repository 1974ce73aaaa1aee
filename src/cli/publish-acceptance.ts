import { appendFile, writeFile } from 'node:fs/promises';

import { environmentVariable } from '../environment-variable.ts';
import { UsageError } from '../errors.ts';
import { githubAnnotations, githubSummary } from '../report/github-acceptance.ts';
import { describeBackend } from '../report/acceptance-checklist.ts';
import { junitCriteria } from '../report/junit-criteria.ts';
import type { RunRecord } from '../results/run-record.ts';

/** Hands the result to whoever else asked for it: a JUnit file, and GitHub where it runs us. */
export async function publishAcceptance(record: RunRecord, junit: string | undefined): Promise<void> {
  if (junit !== undefined) await writeJunit(junit, record);
  const summaryFile = environmentVariable('GITHUB_STEP_SUMMARY');
  if (summaryFile !== undefined) await appendFile(summaryFile, githubSummary(record));
  if (process.env['GITHUB_ACTIONS'] !== 'true') return;
  // On standard error, which the runner reads as well: standard output may be one line of JSON.
  for (const line of githubAnnotations(record)) process.stderr.write(`${line}\n`);
}

async function writeJunit(path: string, record: RunRecord): Promise<void> {
  const { startedAt, criteria } = record;
  const properties = { measured: describeBackend(record), verdict: record.verdict };
  const xml = junitCriteria({ name: 'forkd-spawner accept', startedAt, properties, criteria });
  try {
    await writeFile(path, xml);
  } catch (cause) {
    throw new UsageError(`--junit ${path} cannot be written: ${String(cause)}`, { cause });
  }
}
