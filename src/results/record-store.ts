import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { UsageError } from '../errors.ts';
import type { RunRecord } from './run-record.ts';

/** Makes the folder and proves that a file can be written in it, before anything is measured. */
export async function prepareRecordFolder(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (cause) {
    throw new UsageError(`--out ${folder} cannot be written to: ${String(cause)}`, {
      cause,
      hint: 'give --out a folder that you may write to',
    });
  }
}

/** `<utc timestamp>-<users>u-<backend>.json`, the timestamp being a file name on every system. */
export function recordFileName(record: Pick<RunRecord, 'startedAt' | 'plan' | 'backend'>): string {
  const timestamp = record.startedAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '-');
  return `${timestamp}-${record.plan.users}u-${record.backend.kind}.json`;
}

/**
 * Replaces the record as a whole, so that a reader or a crash never meets half of one.
 * @returns the file's path inside `folder`
 */
export async function storeRecord(folder: string, record: RunRecord): Promise<string> {
  const path = join(folder, recordFileName(record));
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeDurably(draft, `${JSON.stringify(record, null, 2)}\n`);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return path;
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w');
  await file.writeFile(text);
  await file.sync();
}
