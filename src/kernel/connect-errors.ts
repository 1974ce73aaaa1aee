import { subscribe } from 'node:diagnostics_channel';

import { z } from 'zod';

/**
 * Node's own HTTP client publishes why a connection couldn't be made.
 *
 * ref: https://undici.nodejs.org/#/docs/api/DiagnosticsChannel
 */
const CHANNEL = 'undici:client:connectError';

const messageSchema = z.looseObject({
  connectParams: z.looseObject({ host: z.string() }),
  error: z.instanceof(Error),
});

interface ConnectError {
  readonly atMs: number;
  readonly error: Error;
}

/** The last error of each host, by `name:port`; undefined until somebody is interested. */
let errors: Map<string, ConnectError> | undefined;

/**
 * What tells why a WebSocket that begins to connect now can't: `fetch` has the error as its cause,
 * a WebSocket keeps it to itself.
 */
export function observeConnecting(url: string | URL): () => Error | undefined {
  errors ??= collectErrors();
  const { host } = new URL(url);
  const sinceMs = performance.now();
  return () => {
    const last = errors?.get(host);
    return last !== undefined && last.atMs >= sinceMs ? last.error : undefined;
  };
}

function collectErrors(): Map<string, ConnectError> {
  const collected = new Map<string, ConnectError>();
  subscribe(CHANNEL, (published) => {
    const parsed = messageSchema.safeParse(published);
    if (!parsed.success) return;
    const { connectParams, error } = parsed.data;
    collected.set(connectParams.host, { atMs: performance.now(), error });
  });
  return collected;
}
