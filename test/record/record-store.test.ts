import { existsSync, statSync, watch } from 'node:fs';
import { copyFile, link, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { EnvironmentError, UsageError } from '../../src/faults/errors.ts';
import { storeNew } from '../../src/files/new-file.ts';
import { RecordKeeper } from '../../src/record/record-keeper.ts';
import { prepareRecordFolder, RecordFile } from '../../src/record/record-store.ts';
import { runRecordSchema } from '../../src/record/run-record.ts';
import { appendUntilFull, mountSmallDisk } from '../helpers/small-disk.ts';
import { completedUser, failedUser, roundRecord, runRecord } from '../helpers/run-records.ts';

vi.mock(import('node:fs/promises'), { spy: true });

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'record-store-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('RecordFile', () => {
  it('writes a document that the schema reads back unchanged', async () => {
    const failed = failedUser('b', { stage: 'serverReady', message: 'died', logLines: ['a line'] });
    const record = runRecord({ rounds: [roundRecord(0, [completedUser('a', 100), failed])] });

    const path = await new RecordFile(folder).store(record);

    expect(runRecordSchema.strict().parse(JSON.parse(await readFile(path, 'utf8')))).toEqual(record);
  });

  it('names the file by time, users and backend, and keeps one file while the record grows', async () => {
    const file = new RecordFile(folder);
    await file.store(runRecord());
    await file.store(runRecord({ rounds: [roundRecord(0, [])] }));

    expect(await readdir(folder)).toEqual(['2026-01-02T03-04-05.678Z-2u-embedded.json']);
  });

  it('keeps runs apart that began in one millisecond, while each of them grows', async () => {
    const files = Array.from({ length: 9 }, () => new RecordFile(folder));
    const store = async (round: number): Promise<readonly string[]> =>
      Promise.all(
        files.map((file, index) =>
          file.store(runRecord({ rounds: [roundRecord(round, [])], budgetMs: index + 1 })),
        ),
      );

    const begun = await store(0);
    const grown = await store(1);

    expect(new Set(begun).size).toBe(9);
    expect(grown).toEqual(begun);
    const texts = await Promise.all(begun.map((path) => readFile(path, 'utf8')));
    const records = texts.map((text) => runRecordSchema.parse(JSON.parse(text)));
    expect(records.map(({ budgetMs, rounds }) => [budgetMs, rounds[0]?.index])).toEqual(
      Array.from({ length: 9 }, (_, index) => [index + 1, 1]),
    );
    expect(await readdir(folder)).toHaveLength(9);
  });

  it('leaves a file alone that has its name already', async () => {
    const taken = join(folder, '2026-01-02T03-04-05.678Z-2u-embedded.json');
    await writeFile(taken, 'another’s');

    const path = await new RecordFile(folder).store(runRecord());

    expect(await readFile(taken, 'utf8')).toBe('another’s');
    expect(path).toBe(join(folder, '2026-01-02T03-04-05.678Z-2-2u-embedded.json'));
  });
});

describe('names of files', () => {
  it('sort by time, among those of older releases too', async () => {
    const seconds = ['2026-01-02T03-04-04Z-5u-embedded.json', '2026-01-02T03-04-06Z-5u-embedded.json'];
    for (const name of seconds) await writeFile(join(folder, name), '');
    const startedAt = ['2026-01-02T03:04:05.900Z', '2026-01-02T03:04:05.100Z'];

    for (const one of startedAt) await new RecordFile(folder).store(runRecord({ startedAt: one }));

    expect((await readdir(folder)).toSorted()).toEqual([
      seconds[0],
      '2026-01-02T03-04-05.100Z-2u-embedded.json',
      '2026-01-02T03-04-05.900Z-2u-embedded.json',
      seconds[1],
    ]);
  });

  it('are given once, also to files beside the records', async () => {
    const name = { startedAt: '2026-01-02T03:04:05.678Z', what: '1u-embedded', ending: '.trace.json' };

    const paths = await Promise.all(['one', 'two', 'three'].map((text) => storeNew(folder, name, text)));

    const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
    expect(texts).toEqual(['one', 'two', 'three']);
  });
});

describe('on a file system without hard links', () => {
  const name = { startedAt: '2026-01-02T03:04:05.678Z', what: '1u-embedded', ending: '.trace.json' };

  beforeEach(() => {
    vi.mocked(link).mockRejectedValue(Object.assign(new Error('not permitted'), { code: 'EPERM' }));
  });

  afterEach(() => {
    vi.mocked(link).mockReset();
  });

  it('a new file is there as a whole: it gets its name when it is written', async () => {
    const text = 'x'.repeat(2_000_000);
    const seen = new Set<number>();
    const watcher = watch(folder, (_, file) => {
      const path = join(folder, file ?? '');
      if (file?.startsWith('2026') === true && existsSync(path)) seen.add(statSync(path).size);
    });

    const path = await storeNew(folder, name, text);
    await expect.poll(() => seen.size, { timeout: 10_000 }).toBeGreaterThan(0);
    watcher.close();

    expect(vi.mocked(copyFile)).not.toHaveBeenCalled();
    expect([...seen]).toEqual([text.length]);
    expect(await readdir(folder)).toEqual([basename(path)]);
  });

  it('nine runs of one millisecond have nine files, and no other is replaced', async () => {
    const taken = join(folder, '2026-01-02T03-04-05.678Z-2u-embedded.json');
    await writeFile(taken, 'another’s');

    const paths = await Promise.all(
      Array.from({ length: 9 }, async () => new RecordFile(folder).store(runRecord())),
    );

    expect(new Set(paths).size).toBe(9);
    expect(await readFile(taken, 'utf8')).toBe('another’s');
    const records = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
    for (const text of records) expect(runRecordSchema.parse(JSON.parse(text))).toEqual(runRecord());
    expect(await readdir(folder)).toHaveLength(10);
  });

  it('a record is written under another name first', async () => {
    await new RecordFile(folder).store(runRecord());

    expect(vi.mocked(copyFile)).not.toHaveBeenCalled();
    expect(await readdir(folder)).toEqual(['2026-01-02T03-04-05.678Z-2u-embedded.json']);
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

describe('a record on a disk that fills', () => {
  it('is refused before anything is measured where the disk is full already', async ({ skip }) => {
    await using disk = await mountSmallDisk('16k');
    if (disk === undefined) return skip();

    const refused = prepareRecordFolder(join(disk.path, 'runs'));

    await expect(refused).rejects.toThrow(EnvironmentError);
    await expect(refused).rejects.toThrow(/--out .*runs cannot be written to: the disk is full \(ENOSPC\)/);
    expect(await readdir(join(disk.path, 'runs'))).toEqual([]);
  });

  it('leaves no half of a new file', async ({ skip }) => {
    await using disk = await mountSmallDisk('16k');
    if (disk === undefined) return skip();
    const name = { startedAt: '2026-01-02T03:04:05.000Z', what: '1u-embedded', ending: '.trace.json' };

    await expect(storeNew(disk.path, name, 'x'.repeat(100_000))).rejects.toThrow('ENOSPC');

    expect(await readdir(disk.path)).toEqual([]);
  });

  it('is stored again when there is room again, and said once not to be', async ({ skip }) => {
    await using disk = await mountSmallDisk('128k');
    if (disk === undefined) return skip();
    const failures: string[] = [];
    const keeper = new RecordKeeper(disk.path, (message) => failures.push(message));
    const filler = join(disk.path, 'filler');
    await writeFile(filler, Buffer.alloc(128 * 1024)).catch(() => undefined);

    await keeper.store(runRecord());
    await keeper.store(runRecord());
    const { unstored, path } = keeper.stored;
    await rm(filler);
    await keeper.store(runRecord());

    expect([unstored?.exitReason, path]).toEqual(['environment', 'not stored']);
    expect(failures).toEqual([unstored?.message]);
    expect(keeper.stored.unstored).toBeUndefined();
    expect(await readdir(disk.path)).toEqual([basename(keeper.stored.path)]);
  });

  it('is there as it was earlier, which is said', async ({ skip }) => {
    await using disk = await mountSmallDisk('128k');
    if (disk === undefined) return skip();
    const keeper = new RecordKeeper(disk.path, () => undefined);
    await keeper.store(runRecord());
    const { path } = keeper.stored;
    appendUntilFull(join(disk.path, 'filler'));

    await keeper.store(runRecord({ rounds: [roundRecord(0, [])] }));

    expect(runRecordSchema.parse(JSON.parse(await readFile(path, 'utf8')))).toEqual(runRecord());
    expect(keeper.stored.path).toBe(`${path}, without what came last`);
    expect(keeper.stored.unstored?.exitReason).toBe('environment');
  });
});
