import { z } from 'zod';

import { UsageError } from '../faults/errors.ts';
import { checkDocument, type DocumentKind, parseDocument, readDocument } from '../files/json-document.ts';
import { type RunRecord, runRecordSchema, SCHEMA_VERSION } from './run-record.ts';

const HINT = "give a record of 'forkd-spawner bench', one of the files in bench-results/";

const RECORD: DocumentKind = {
  called: 'the record',
  described: 'a record of a run',
  hint: HINT,
  isWrittenWhole: true,
};

/** What a document says of itself: enough to tell a record of ours from anything else. */
const headSchema = z.object({
  schemaVersion: z.int(),
  /** Other documents than bench's have one, such as bench:controller's. */
  kind: z.string().optional(),
});

/** Reads a stored record of any version up to ours; every problem is a `UsageError` that names the file. */
export async function readRecord(file: string): Promise<RunRecord> {
  const document = parseDocument(RECORD, file, await readDocument(RECORD, file, file));
  checkHead(file, document);
  return checkDocument(RECORD, file, runRecordSchema, document);
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
