import type { RunRecord } from '../../record/run-record.ts';

/** Turns a finished record into text for standard output. `path` is where the record is stored. */
export type Reporter = (record: RunRecord, path: string) => string;
