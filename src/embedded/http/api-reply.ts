import type { FastifyReply } from 'fastify';

import type { ApiError } from './api-error.ts';
import type { ServerTiming } from '../../forkd/server-timing.ts';

/** What a handler answers with. */
export interface ApiReply {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
  /** Where the time went; a header, since forkd's bodies are its contract. */
  readonly timing?: ServerTiming;
}

export function json(status: number, value: unknown): ApiReply {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}

export function empty(status: number): ApiReply {
  return { status };
}

export function refusal(error: ApiError): ApiReply {
  if (error.voice === 'json') return json(error.status, { error: error.message });
  return { status: error.status, contentType: 'text/plain; charset=utf-8', body: error.message };
}

export async function send(
  reply: FastifyReply,
  { status, contentType, body, timing }: ApiReply,
): Promise<void> {
  reply.code(status);
  if (contentType !== undefined) reply.header('content-type', contentType);
  if (timing !== undefined) reply.header('server-timing', timing.header());
  // As bytes: to a text, fastify would add a charset that forkd doesn't send.
  await reply.send(body === undefined ? undefined : Buffer.from(body));
}
