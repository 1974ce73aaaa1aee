import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';

import type { Arrivals } from './arrivals.ts';

const MS_PER_S = 1000;

/** When each user is meant to start, in ms from the barrier, in ascending order. */
export function intendedStartsMs(arrivals: Arrivals, users: number, seed: number): readonly number[] {
  switch (arrivals.kind) {
    case 'burst':
      return Array<number>(users).fill(0);
    case 'stagger':
      return Array.from({ length: users }, (_, index) => index * arrivals.everyMs);
    case 'poisson':
      return poissonStartsMs(arrivals.perS, users, seed);
    case 'ramp':
      return Array.from({ length: users }, (_, index) => rampStartMs(arrivals, index, users));
  }
}

/**
 * The gaps of a Poisson process are independent and exponentially distributed, the first one included.
 * The generator is the one of pure-rand's whose first draws differ from seed to seed. The first draws
 * of the others, with seeds as small as people choose, are all close to 1.
 */
function poissonStartsMs(perS: number, users: number, seed: number): readonly number[] {
  const random = mersenne(seed);
  let startMs = 0;
  return Array.from({ length: users }, () => {
    startMs += (-Math.log(1 - uniformFloat64(random)) / perS) * MS_PER_S;
    return startMs;
  });
}

/**
 * The rate is `from + slope × t`, so `from × t + slope × t² / 2` users have come by t. This is solved
 * for t. All have come when the rate is `to`.
 */
function rampStartMs(
  { fromPerS, toPerS }: Extract<Arrivals, { readonly kind: 'ramp' }>,
  index: number,
  users: number,
): number {
  const lengthS = (2 * users) / (fromPerS + toPerS);
  const slope = (toPerS - fromPerS) / lengthS;
  if (slope === 0) return (index / fromPerS) * MS_PER_S;
  return ((Math.sqrt(fromPerS ** 2 + 2 * slope * index) - fromPerS) / slope) * MS_PER_S;
}
