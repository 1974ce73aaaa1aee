import type { z } from 'zod';

import { type BodyShape, parseBody } from '../serde/parse-body.ts';
import { unsupportedMediaType } from './api-error.ts';
import type { ApiRequest } from './routes.ts';

/** The request's body in the given shape; refused in forkd's words. */
export function jsonBody<Schema extends z.ZodObject>(
  request: ApiRequest,
  shape: BodyShape<Schema>,
): z.infer<Schema> {
  checkContentType(request);
  return parseBody(request.body, shape);
}

export function checkContentType({ contentType }: ApiRequest): void {
  const [type = ''] = (contentType ?? '').split(';');
  if (!/^application\/(?:json|.+\+json)$/i.test(type.trim())) throw unsupportedMediaType();
}
