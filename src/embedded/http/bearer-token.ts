import { createHash, timingSafeEqual } from 'node:crypto';

import { type ApiError, unauthorized } from './api-error.ts';

/** Why a request's `Authorization` header does not let it pass, in forkd's words. */
export function checkBearerToken(header: string | undefined, token: string): ApiError | undefined {
  const presented = header?.startsWith('Bearer ') === true ? header.slice('Bearer '.length).trim() : '';
  if (presented === '') return unauthorized('missing bearer token');
  return isSame(presented, token) ? undefined : unauthorized('invalid bearer token');
}

/** Takes equally long for every wrong token, of whatever length. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
