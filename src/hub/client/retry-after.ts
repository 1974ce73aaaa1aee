/** A longer wait is no throttling but a refusal. */
const LONGEST_MS = 600_000;
const MS_PER_S = 1000;

/**
 * Milliseconds that a `Retry-After` header asks for, in seconds or as a date. Undefined where there
 * is none: a hub at its server limit, say, names no time, and waiting would only hide the reason.
 *
 * ref: RFC 9110 §10.2.3; jupyterhub/handlers/base.py, `spawn_throttle_retry_range`
 */
export function retryAfterMs(
  header: string | readonly string[] | undefined,
  nowMs: number,
): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const waitMs = /^\s*\d+\s*$/.test(header) ? Number(header) * MS_PER_S : Date.parse(header) - nowMs;
  return waitMs <= LONGEST_MS ? Math.max(0, waitMs) : undefined;
}
