import { UsageError } from '../../faults/errors.ts';
import { parseDurationMs } from './flag-values.ts';

/** When the users of a round come, counted from its barrier. */
export type Arrivals =
  /** They all come at the barrier. */
  | { readonly kind: 'burst' }
  /** They come one after another, evenly. */
  | { readonly kind: 'stagger'; readonly everyMs: number }
  /** They come independently of each other, at a mean rate. */
  | { readonly kind: 'poisson'; readonly perS: number }
  /** They come at a rate that changes evenly from the first user to the last. */
  | { readonly kind: 'ramp'; readonly fromPerS: number; readonly toPerS: number };

type Parse = (detail: string) => Arrivals | undefined;

const PARSERS: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ['burst', (detail) => (detail === '' ? { kind: 'burst' } : undefined)],
  ['stagger', (detail) => ({ kind: 'stagger', everyMs: parseDurationMs('--arrivals stagger', detail) })],
  ['poisson', parsePoisson],
  ['ramp', parseRamp],
]);

/** Reads `burst`, `stagger:200ms`, `poisson:5/s` or `ramp:1-10/s`. */
export function parseArrivals(text: string): Arrivals {
  const [kind = '', ...detail] = text.trim().split(':');
  const arrivals = PARSERS.get(kind)?.(detail.join(':'));
  if (arrivals === undefined) {
    throw new UsageError(
      `--arrivals must be burst, stagger:200ms, poisson:5/s or ramp:1-10/s with rates above zero, not '${text}'`,
    );
  }
  return arrivals;
}

function parsePoisson(detail: string): Arrivals | undefined {
  const [perS] = ratesIn(/^(\d+(?:\.\d+)?)\/s$/, detail);
  return perS === undefined ? undefined : { kind: 'poisson', perS };
}

function parseRamp(detail: string): Arrivals | undefined {
  const [fromPerS, toPerS] = ratesIn(/^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)\/s$/, detail);
  return fromPerS === undefined || toPerS === undefined ? undefined : { kind: 'ramp', fromPerS, toPerS };
}

/** Reads the rates. There are none where one of them is zero: nobody would ever come. */
function ratesIn(shape: RegExp, text: string): readonly number[] {
  const rates = shape.exec(text)?.slice(1).map(Number) ?? [];
  return rates.every((rate) => rate > 0) ? rates : [];
}
