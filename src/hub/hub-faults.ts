import { errors } from 'undici';
import { z } from 'zod';

import { messageOf } from '../caught-error.ts';
import { EnvironmentError } from '../errors.ts';

/** A hub may give no reason: its message is null then. */
const errorSchema = z.looseObject({ message: z.string().nullable() });

/** JupyterHub says no more than 404 of what is not there, and of what a token may not see. */
const USERS = '/hub/api/users/';
const HIDDEN = ' (it knows no such user or server, or the token may not see it)';

/** A request that the hub refused, with its own reason. */
export class HubRefusal extends EnvironmentError {
  readonly status: number;

  constructor(request: string, status: number, reason: string) {
    super(`the hub answered ${status} to ${request}: ${reason}`);
    this.status = status;
  }
}

/** `text` is what the hub answered with. */
export function refusal(request: string, status: number, text: string): EnvironmentError {
  if (status === 401) {
    return new EnvironmentError(`the hub does not accept the token (401 to ${request})`, {
      hint: 'give an API token of this hub',
    });
  }
  const isHidden = status === 404 && request.includes(USERS);
  return new HubRefusal(request, status, reasonIn(text) + (isHidden ? HIDDEN : ''));
}

export function noJson(request: string, text: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError(`no JSON came back from ${request}: ${text.slice(0, 80)}`, {
    hint: 'is this the address of a JupyterHub?',
    cause,
  });
}

export function unreachable(error: unknown, request: string, limitMs: number): EnvironmentError {
  if (error instanceof errors.HeadersTimeoutError) {
    return new EnvironmentError(`the hub did not answer ${request} within ${limitMs / 1000} s`, {
      cause: error,
    });
  }
  const reason = messageOf(error);
  return new EnvironmentError(`the hub cannot be reached: ${request}: ${reason}`, {
    hint: 'is it running at this address?',
    cause: error,
  });
}

function reasonIn(text: string): string {
  try {
    return errorSchema.parse(JSON.parse(text)).message ?? 'no reason given';
  } catch {
    return text.slice(0, 200);
  }
}
