import type { z } from 'zod';

import { unparsable, unprocessable, unsupportedMediaType } from './api-error.ts';
import type { ApiReply, ApiRequest, Handler } from './routes.ts';

type JsonHandler<Body> = (body: Body, request: ApiRequest) => ApiReply | Promise<ApiReply>;

/**
 * A handler that wants a JSON body of this shape. The body comes first, as with forkd: a wrong one is
 * refused before anything that the path names is looked for.
 */
export function takesJson<Schema extends z.ZodType>(
  schema: Schema,
  handler: JsonHandler<z.infer<Schema>>,
): Handler {
  return (request) => {
    checkContentType(request);
    return handler(inShape(schema, parseJson(request.body)), request);
  };
}

/** Refuses a value of another shape; the first mismatch is the reason. */
export function inShape<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.map(String).join('.') ?? '';
  throw unprocessable(`${path === '' ? '' : `${path}: `}${issue?.message ?? 'another shape'}`);
}

function checkContentType({ contentType }: ApiRequest): void {
  const [type = ''] = (contentType ?? '').split(';');
  if (!/^application\/(?:json|.+\+json)$/i.test(type.trim())) throw unsupportedMediaType();
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    // The parser's own message quotes the body, which may hold a user's token.
    throw unparsable(`its ${bytes.length} bytes are no JSON text`);
  }
}
