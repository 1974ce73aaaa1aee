import type { Verified } from './verified.ts';

/** One line a check. */
export function verifiedList(verified: readonly Verified[]): string {
  const width = Math.max(...verified.map(({ check }) => check.length));
  return verified
    .map(({ check, passed, found, durationMs }) => {
      return `${passed ? '✔' : '✘'} ${check.padEnd(width)}  ${found} (${durationMs} ms)`;
    })
    .join('\n');
}
