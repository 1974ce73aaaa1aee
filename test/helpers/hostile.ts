import { z } from 'zod';

import type { RunRecord } from '../../src/record/run-record.ts';
import { runRecordSchema } from '../../src/record/run-record.ts';

/** Ends any tag, attribute, comment, cell or entry that it gets into, and starts a script. */
export const HOSTILE =
  '"\'>--></style></title></textarea><script>alert(1)</script><img src=x onerror=alert(2)>|\n`<b>]]>&amp;\u0007';

/** What a schema wants to be one of a few words, or a time, stays. */
const KEPT = new Set([
  ...['startedAt', 'verdict', 'outcome', 'stage', 'status', 'kind', 'spawner', 'comparisons'],
]);

/** The record with everything hostile that a name, a detail, a version or a log line can be. */
export function hostileCopy(record: RunRecord): RunRecord {
  return runRecordSchema.parse(spoil(record));
}

function spoil(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return KEPT.has(key) ? value : `${value}${HOSTILE}`;
  if (Array.isArray(value)) return value.map((item: unknown) => spoil(item, key));
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success) return value;
  return Object.fromEntries(Object.entries(object.data).map(([name, item]) => [name, spoil(item, name)]));
}
