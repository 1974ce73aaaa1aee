/** What stands where there is no value. */
const ABSENT = '–';

/** Whole milliseconds from 100 on, one decimal below: more digits would be noise. */
export function formatMs(durationMs: number | undefined): string {
  if (durationMs === undefined) return ABSENT;
  return durationMs < 100 ? durationMs.toFixed(1) : durationMs.toFixed(0);
}
