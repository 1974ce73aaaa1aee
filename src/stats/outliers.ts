import { median, medianAbsoluteDeviation } from 'simple-statistics';

/** ref: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993: 0.6745 makes the MAD a deviation. */
const MAX_SCORE = 3.5;
const MAD_PER_DEVIATION = 0.6745;
/** The share of the median that counts: what is far out among values that hardly differ is still no matter. */
const LEAST_SHARE = 0.1;
/** Nothing is far out of anything among fewer. */
const MIN_VALUES = 5;

/** The positions of values that are far above or below the rest. */
export function outliers(values: readonly number[]): readonly number[] {
  if (values.length < MIN_VALUES) return [];
  const [center, spread] = [median([...values]), medianAbsoluteDeviation([...values])];
  return [...values.entries()].flatMap(([index, value]) => {
    const distance = Math.abs(value - center);
    const isFar = MAD_PER_DEVIATION * distance > MAX_SCORE * spread;
    return isFar && distance > LEAST_SHARE * center ? [index] : [];
  });
}
