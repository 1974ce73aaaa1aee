import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { UsageError } from '../../src/faults/errors.ts';
import { readRecord } from '../../src/record/read-record.ts';
import { runRecord } from '../helpers/run-records.ts';

const RECORDS = fileURLToPath(new URL('../../bench-results', import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-record-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function fileWith(text: string): Promise<string> {
  const file = join(folder, 'record.json');
  await writeFile(file, text);
  return file;
}

describe('readRecord', () => {
  it('reads every record of a run that is in bench-results/, the oldest included', async () => {
    const names = (await readdir(RECORDS)).filter((name) => /u-(embedded|simple)\.json$/.test(name));

    expect(names).toContain('2026-11-24T05-13-09Z-5u-embedded.json');
    for (const name of names) {
      const file = join(RECORDS, name);
      const stored: unknown = JSON.parse(await readFile(file, 'utf8'));
      expect({ name, record: await readRecord(file) }).toEqual({ name, record: stored });
    }
  });

  it('reads a record of a run that was interrupted before its first round', async () => {
    const record = runRecord({ rounds: [] });

    expect(await readRecord(await fileWith(JSON.stringify(record)))).toEqual(record);
  });

  it.each([
    ['', /the record .*record\.json is empty/],
    [JSON.stringify(runRecord(), null, 2).slice(0, 300), /record\.json is truncated/],
    ['# Records of runs', /record\.json is not JSON/],
    ['{"traceEvents": []}', /is JSON, but not a record of a run/],
    ['[1, 2]', /is JSON, but not a record of a run/],
    [JSON.stringify({ ...runRecord(), schemaVersion: 2 }), /has schema version 2; .* reads up to 1/],
    [JSON.stringify({ schemaVersion: 1, kind: 'controller' }), /of another kind \('controller'\)/],
    [JSON.stringify({ ...runRecord(), verdict: 'splendid' }), /is not a record of a run: .*\n.*verdict/],
  ])('refuses %j as wrong usage, and says why', async (text, message) => {
    const reading = readRecord(await fileWith(text));

    await expect(reading).rejects.toThrow(UsageError);
    await expect(reading).rejects.toThrow(message);
  });

  it('refuses what cannot be read', async () => {
    await expect(readRecord(join(folder, 'missing.json'))).rejects.toThrow(/cannot read the record.*ENOENT/);
    await expect(readRecord(folder)).rejects.toThrow(/cannot read the record.*EISDIR/);
  });
});
