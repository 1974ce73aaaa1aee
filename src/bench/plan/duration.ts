import { UsageError } from '../../faults/errors.ts';

const MS_PER_UNIT = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
]);

export const DURATION_UNITS = [...MS_PER_UNIT.keys()];

/** Milliseconds of a duration such as `500ms`, `1s`, `1.5s` or `2m`; `flag` names the culprit in errors. */
export function parseDurationMs(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text.trim());
  const durationMs = Number(match?.[1]) * (MS_PER_UNIT.get(match?.[2] ?? '') ?? Number.NaN);
  if (!(durationMs > 0)) {
    throw new UsageError(`${flag} must be a duration above zero such as 500ms, 1s or 2m, not '${text}'`);
  }
  return durationMs;
}
