import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { UsageError } from '../../src/errors.ts';
import { prepareRecordFolder, storeRecord } from '../../src/results/record-store.ts';
import { runRecordSchema } from '../../src/results/run-record.ts';
import { completedUser, failedUser, roundRecord, runRecord } from '../helpers/run-records.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'record-store-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('storeRecord', () => {
  it('writes a document that the schema reads back unchanged', async () => {
    const failed = failedUser('b', { stage: 'serverReady', message: 'died', logLines: ['a line'] });
    const record = runRecord({ rounds: [roundRecord(0, [completedUser('a', 100), failed])] });

    const path = await storeRecord(folder, record);

    expect(runRecordSchema.strict().parse(JSON.parse(await readFile(path, 'utf8')))).toEqual(record);
  });

  it('names the file by time, users and backend, and keeps one file while the record grows', async () => {
    await storeRecord(folder, runRecord());
    await storeRecord(folder, runRecord({ rounds: [roundRecord(0, [])] }));

    expect(await readdir(folder)).toEqual(['2026-01-02T03-04-05Z-2u-embedded.json']);
  });
});

describe('prepareRecordFolder', () => {
  it('makes the folder and leaves nothing in it', async () => {
    await prepareRecordFolder(join(folder, 'deep', 'down'));

    expect(await readdir(join(folder, 'deep', 'down'))).toEqual([]);
  });

  it('refuses a folder that is a file, as wrong usage', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');

    await expect(prepareRecordFolder(file)).rejects.toThrow(UsageError);
    await expect(prepareRecordFolder(file)).rejects.toThrow(/--out .*file cannot be written to/);
  });
});
