/**
 * Milliseconds since 1970, finer than `Date.now`: the clock on which the sides of a start, which are
 * several processes, can be compared.
 */
export function unixNowMs(): number {
  return performance.timeOrigin + performance.now();
}
