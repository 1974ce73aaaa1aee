import { closestMatch } from 'leven';

import { UsageError } from '../../faults/errors.ts';
import { STATISTICS, type Summary, type Threshold } from '../../record/run-record.ts';
import { SUMMARY_KEYS } from '../../record/stages.ts';
import { DURATION_UNITS, parseDurationMs } from './flag-values.ts';

const EXAMPLES = "write it as 'cell1:p95<400ms' or 'serverReady:p50<=1.1x@baseline.json'";

/** A threshold as it was typed, of which only a baseline's figure may be missing. */
export type TypedThreshold = Omit<Threshold, 'limitMs'> & {
  readonly limit:
    | { readonly kind: 'absolute'; readonly ms: number }
    | { readonly kind: 'relative'; readonly factor: number; readonly baseline: string };
};

/** Reads `STAGE:STATISTIC<LIMIT`; every problem is a `UsageError` that suggests what may have been meant. */
export function parseThreshold(flag: string, text: string, onMiss: Threshold['onMiss']): TypedThreshold {
  const match = /^\s*([^:<]+):([^<]+)(<=?)([^<]+)$/.exec(text);
  const [, stage = '', statistic = '', operator, limit = ''] = match?.map((part) => part.trim()) ?? [];
  if (match === null) throw new UsageError(`${flag} '${text}' is not a threshold`, { hint: EXAMPLES });
  const inFlag = `${flag} '${text}'`;
  return {
    text: text.trim(),
    figure: oneOf(inFlag, 'stage', stage, FIGURES),
    statistic: oneOf(inFlag, 'statistic', statistic, STATISTIC_NAMES),
    inclusive: operator === '<=',
    limit: parseLimit(inFlag, limit),
    onMiss,
  };
}

const FIGURES: ReadonlyMap<string, keyof Summary> = new Map(
  SUMMARY_KEYS.map((key) => [key.replace(/Ms$/, ''), key]),
);
const STATISTIC_NAMES = new Map(STATISTICS.map((name) => [name, name]));

function parseLimit(inFlag: string, text: string): TypedThreshold['limit'] {
  const [, factor, baseline] = /^(\d+(?:\.\d+)?)x@(.+)$/.exec(text) ?? [];
  if (factor !== undefined && baseline !== undefined) {
    if (Number(factor) === 0) throw new UsageError(`${inFlag}: 0 times a baseline can never be met`);
    return { kind: 'relative', factor: Number(factor), baseline };
  }
  const [, unit] = /^\d+(?:\.\d+)?([a-z]+)$/i.exec(text) ?? [];
  if (unit !== undefined) oneOf(inFlag, 'unit', unit, new Map(DURATION_UNITS.map((one) => [one, one])));
  return { kind: 'absolute', ms: parseDurationMs(inFlag, text) };
}

function oneOf<T>(inFlag: string, what: string, name: string, known: ReadonlyMap<string, T>): T {
  const found = known.get(name);
  if (found !== undefined) return found;
  const names = [...known.keys()];
  throw new UsageError(`${inFlag}: there is no ${what} '${name}'`, {
    hint: `did you mean '${closestMatch(name, names) ?? EXAMPLES}'? There are ${names.join(', ')}`,
  });
}
