import type { RunRecord } from '../../../record/run-record.ts';

/** What a round after the judged ones has found, and why it isn't all that was asked for. */
export interface Found extends Pick<RunRecord, 'memory' | 'browser'> {
  readonly missing?: string;
}
