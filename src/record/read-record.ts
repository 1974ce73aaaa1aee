import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { UsageError } from '../faults/errors.ts';
import { type RunRecord, runRecordSchema, SCHEMA_VERSION } from './run-record.ts';

const HINT = "give a record of 'forkd-spawner bench', one of the files in bench-results/";

/** What a document says of itself: enough to tell a record of ours from anything else. */
const headSchema = z.object({
  schemaVersion: z.int(),
  /** Other documents than bench's have one, such as bench:controller's. */
  kind: z.string().optional(),
});

/** Reads a stored record of any version up to ours; every problem is a `UsageError` that names the file. */
export async function readRecord(file: string): Promise<RunRecord> {
  const document = parseJson(file, await readText(file));
  checkHead(file, document);
  const parsed = runRecordSchema.safeParse(document);
  if (!parsed.success) {
    throw new UsageError(`${file} is not a record of a run: ${z.prettifyError(parsed.error)}`, {
      hint: HINT,
    });
  }
  return parsed.data;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read the record ${file}: ${String(cause)}`, { cause, hint: HINT });
  }
}

/** A record is replaced as a whole, never half written: one that breaks off was cut by something else. */
function parseJson(file: string, text: string): unknown {
  if (text.trim() === '') throw new UsageError(`the record ${file} is empty`, { hint: HINT });
  try {
    return JSON.parse(text);
  } catch (cause) {
    const looksCut = text.startsWith('{') && !text.trimEnd().endsWith('}');
    const what = looksCut ? 'is truncated: it breaks off' : 'is not JSON';
    throw new UsageError(`the record ${file} ${what} (${String(cause)})`, { cause, hint: HINT });
  }
}

function checkHead(file: string, document: unknown): void {
  const head = headSchema.safeParse(document);
  if (!head.success) throw new UsageError(`${file} is JSON, but not a record of a run`, { hint: HINT });
  const { schemaVersion, kind } = head.data;
  if (schemaVersion > SCHEMA_VERSION) {
    throw new UsageError(
      `the record ${file} has schema version ${schemaVersion}; this forkd-spawner reads up to ${SCHEMA_VERSION}`,
      { hint: 'install the forkd-spawner that wrote it, or a newer one' },
    );
  }
  if (kind !== undefined) {
    throw new UsageError(`${file} is a record of another kind ('${kind}'), not of a run`, { hint: HINT });
  }
}
