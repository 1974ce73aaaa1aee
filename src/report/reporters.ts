import type { RunRecord } from '../record/run-record.ts';
import { reportLine } from './text/line-reporter.ts';
import { reportText } from './text/text-reporter.ts';

/** Turns a finished record into text for standard output. `path` is where the record is stored. */
type Reporter = (record: RunRecord, path: string) => string;

export const REPORTERS: Readonly<Record<'text' | 'line' | 'json', Reporter>> = {
  text: reportText,
  line: reportLine,
  /** The JSON contract is the record itself, on one line, and nothing else. */
  json: (record) => JSON.stringify(record),
};
