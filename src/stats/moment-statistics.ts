import { type BrowserMoment, type BrowserRecord, momentKey } from '../record/browser-record.ts';
import type { Statistics } from '../record/run-record.ts';
import { describeSamples } from './statistics.ts';

/** The starts that got as far are described; undefined where none did. */
export function momentStatistics({ starts }: BrowserRecord, moment: BrowserMoment): Statistics | undefined {
  return describeSamples(starts.flatMap((start) => start[momentKey(moment)] ?? []));
}
