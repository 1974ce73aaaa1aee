import { appendFile } from 'node:fs/promises';

import { environmentVariable } from '../process/environment-variable.ts';
import { writeOutputFile } from '../files/output-file.ts';
import { cannotWrite } from '../faults/output-faults.ts';
import type { RunRecord } from '../record/run-record.ts';
import { writeEach } from './output-files.ts';

/**
 * Hands the result to whoever else asked for it: a JUnit file, and GitHub where it runs us. Only what is
 * asked for is loaded, as the writers' libraries are large.
 */
export async function publishAcceptance(record: RunRecord, junit: string | undefined): Promise<void> {
  await writeEach([annotate, appendSummary, async () => writeJunit(junit, record)], async (publish) =>
    publish(record),
  );
}

/**
 * Writes annotations to standard error, which the runner reads too: standard output may be one line
 * of JSON.
 */
async function annotate(record: RunRecord): Promise<void> {
  if (process.env['GITHUB_ACTIONS'] !== 'true') return;
  const { githubAnnotations } = await import('../accept/github.ts');
  for (const line of githubAnnotations(record)) process.stderr.write(`${line}\n`);
}

async function appendSummary(record: RunRecord): Promise<void> {
  const file = environmentVariable('GITHUB_STEP_SUMMARY');
  if (file === undefined) return;
  const { githubSummary } = await import('../accept/github.ts');
  try {
    await appendFile(file, githubSummary(record));
  } catch (cause) {
    throw cannotWrite(`GITHUB_STEP_SUMMARY ${file}`, cause, 'it must be a file that you may write');
  }
}

async function writeJunit(path: string | undefined, record: RunRecord): Promise<void> {
  if (path === undefined) return;
  const { acceptanceJunit } = await import('../accept/acceptance-junit.ts');
  await writeOutputFile({ flag: '--junit', file: path }, acceptanceJunit(record));
}
