import { createHash, timingSafeEqual } from 'node:crypto';

import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { z } from 'zod';

import { hasCode, messageOf } from '../../faults/caught-error.ts';
import { ApiError, bodyTooLarge, serverError, unauthorized, unsupportedMediaType } from './api-error.ts';
import type { ApiReply, ApiRequest, Handler, Method, Routes } from './routes.ts';

const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'] as const;

interface ApiServerOptions {
  readonly routes: Routes;
  readonly token: string;
  readonly log: (line: string) => void;
}

/** An HTTP server that answers in forkd's manner: also to what it does not know. */
export function createApiServer({ routes, token, log }: ApiServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 4096 },
  });
  acceptAnyBody(server);
  // Before routing, so that without a token nobody learns which routes there are.
  server.addHook('onRequest', async (request, reply) => {
    const refused = isHealthCheck(request.url)
      ? undefined
      : checkBearerToken(request.headers.authorization, token);
    if (refused !== undefined) await send(reply, refusal(refused));
  });
  for (const [path, handlers] of Object.entries(routes)) addPath(server, path, handlers);
  server.setNotFoundHandler((_request, reply) => send(reply, { status: 404 }));
  server.setErrorHandler((error, _request, reply) => {
    const refused = toApiError(error);
    if (refused.status >= 500) log(`error: ${refused.message}`);
    return send(reply, refusal(refused));
  });
  return server;
}

/** Handlers parse bodies themselves, to refuse them in forkd's words. */
function acceptAnyBody(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
}

function addPath(server: FastifyInstance, path: string, handlers: Partial<Record<Method, Handler>>): void {
  for (const method of METHODS) {
    const handler = isServed(method) ? handlers[method] : undefined;
    server.route({ method, url: path, handler: (request, reply) => answer(handler, request, reply) });
  }
}

function isServed(method: (typeof METHODS)[number]): method is Method {
  return method === 'GET' || method === 'POST' || method === 'DELETE';
}

async function answer(
  handler: Handler | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  await send(reply, handler === undefined ? { status: 405 } : await handler(toApiRequest(request)));
}

const paramsSchema = z.record(z.string(), z.string());

function toApiRequest({ params, body, headers }: FastifyRequest): ApiRequest {
  return {
    param: (name) => paramsSchema.parse(params)[name] ?? '',
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    contentType: headers['content-type'],
  };
}

function isHealthCheck(url: string): boolean {
  return /^\/healthz\/?(?:\?|$)/.test(url);
}

/** Why a request's `Authorization` header does not let it pass, in forkd's words. */
function checkBearerToken(header: string | undefined, token: string): ApiError | undefined {
  const presented = header?.startsWith('Bearer ') === true ? header.slice('Bearer '.length).trim() : '';
  if (presented === '') return unauthorized('missing bearer token');
  // Digests are compared: that takes equally long for every wrong token, of whatever length.
  return timingSafeEqual(digest(presented), digest(token)) ? undefined : unauthorized('invalid bearer token');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (hasCode(error, 'FST_ERR_CTP_BODY_TOO_LARGE')) return bodyTooLarge();
  if (hasCode(error, 'FST_ERR_CTP_INVALID_MEDIA_TYPE')) return unsupportedMediaType();
  return serverError(messageOf(error));
}

function refusal({ status, message, voice }: ApiError): ApiReply {
  if (voice === 'json') return { status, json: { error: message } };
  return { status, text: { body: message, contentType: 'text/plain; charset=utf-8' } };
}

async function send(reply: FastifyReply, { status, json, text, timing }: ApiReply): Promise<void> {
  const body = json === undefined ? text?.body : JSON.stringify(json);
  const contentType = json === undefined ? text?.contentType : 'application/json';
  reply.code(status);
  if (contentType !== undefined) reply.header('content-type', contentType);
  if (timing !== undefined) reply.header('server-timing', timing.header());
  // The body is sent as bytes: fastify adds a charset to a text, which forkd doesn't send.
  await reply.send(body === undefined ? undefined : Buffer.from(body));
}
