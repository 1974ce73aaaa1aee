import { describe, expect, it } from 'vitest';

import { recordsComparisonText } from '../../../src/report/text/records-comparison-text.ts';
import { readRecord } from '../../../src/record/read-record.ts';
import { checkComparability } from '../../../src/stats/comparability.ts';
import { compareRecords } from '../../../src/stats/compare-records.ts';

async function compared(first: string, second: string): Promise<string> {
  const [one, other] = await Promise.all([first, second].map(async (name) => read(name)));
  if (one === undefined || other === undefined) throw new Error('two records were asked for');
  const { warnings } = checkComparability(one.record, other.record);
  const comparison = compareRecords(one.record, other.record);
  return recordsComparisonText(one, other, { comparison, warnings });
}

async function read(name: string): Promise<{ path: string; record: Awaited<ReturnType<typeof readRecord>> }> {
  const path = `bench-results/${name}-5u-embedded.json`;
  return { path, record: await readRecord(path) };
}

describe('recordsComparisonText', () => {
  it('shows two runs between which the machine has changed', async () => {
    expect(await compared('2026-11-24T12-49-19Z', '2026-11-25T06-29-31Z')).toMatchSnapshot();
  });

  it('shows two runs with too few rounds', async () => {
    expect(await compared('2026-11-24T05-13-09Z', '2026-11-24T05-16-58Z')).toMatchSnapshot();
  });
});
