/** One thing that a child of a snapshot was asked, and whether it answered as it should. */
export interface Verified {
  readonly check: string;
  readonly passed: boolean;
  readonly found: string;
  readonly durationMs: number;
}

/** One line a check. */
export function verifiedList(verified: readonly Verified[]): string {
  const width = Math.max(...verified.map(({ check }) => check.length));
  return verified
    .map(({ check, passed, found, durationMs }) => {
      return `${passed ? '✔' : '✘'} ${check.padEnd(width)}  ${found} (${durationMs} ms)`;
    })
    .join('\n');
}
