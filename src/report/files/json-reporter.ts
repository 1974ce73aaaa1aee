import type { Reporter } from '../parts/reporter.ts';

/** The JSON contract: the record itself, on one line, and nothing else. */
export const reportJson: Reporter = (record) => JSON.stringify(record);
