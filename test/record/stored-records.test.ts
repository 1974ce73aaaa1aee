import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readRecord } from '../../src/record/read-record.ts';

const FOLDER = 'bench-results';
const names = (await readdir(FOLDER)).filter((name) => /u-[a-z]+\.json$/.test(name));

describe('the records of bench-results/', () => {
  it('are there', () => {
    expect(names.length).toBeGreaterThan(10);
  });

  it.each(names)('%s is still readable', async (name) => {
    await expect(readRecord(join(FOLDER, name))).resolves.toMatchObject({ schemaVersion: 1 });
  });
});
