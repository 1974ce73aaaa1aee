import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { UsageError } from '../errors.ts';
import { isAccessible } from '../is-accessible.ts';
import type { RunRecord } from './run-record.ts';

/** Makes the folder and proves that a file can be written in it, before anything is measured. */
export async function prepareRecordFolder(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    await makeFolder(folder);
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (cause) {
    throw new UsageError(`--out ${folder} cannot be written to: ${String(cause)}`, {
      cause,
      hint: 'give --out a folder that you may write to',
    });
  }
}

/** Not by `mkdir`'s own recursion: where a file system refuses, as /proc does, Node 24 tries for ever. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    const parent = dirname(folder);
    if (await isAccessible(parent)) throw error;
    await makeFolder(parent);
    await mkdir(folder);
  }
}

/** `<utc timestamp>-<users>u-<backend>`, the timestamp being a file name on every system. */
export function runName(startedAt: string, users: number, backendKind: string): string {
  const timestamp = startedAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '-');
  return `${timestamp}-${users}u-${backendKind}`;
}

/**
 * Replaces the record as a whole, so that a reader or a crash never meets half of one.
 * @returns the file's path inside `folder`
 */
export async function storeRecord(folder: string, record: RunRecord): Promise<string> {
  const { startedAt, plan, backend } = record;
  const path = join(folder, `${runName(startedAt, plan.users, backend.kind)}.json`);
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
