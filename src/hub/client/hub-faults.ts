import { errors } from 'undici';

import { messageOf } from '../../faults/caught-error.ts';
import { EnvironmentError } from '../../faults/errors.ts';
import { tlsHint } from '../../faults/tls-faults.ts';
import { describeAnswer, isPage } from './answer-text.ts';

/** JupyterHub says no more than 404 of what is not there, and of what a token may not see. */
const USERS = '/hub/api/users/';
const HIDDEN = ' (it knows no such user or server, or the token may not see it)';

export const WRONG_ADDRESS =
  "give the address that its users open, with its base URL if it has one, and without '/hub'";

/** A request that the hub refused, with its own reason. */
export class HubRefusal extends EnvironmentError {
  readonly status: number;

  /** @param text what the hub answered with, or whoever stands before it */
  constructor(request: string, status: number, text: string) {
    const isElsewhere = isPage(text) && status < 500;
    const isHidden = status === 404 && request.includes(USERS) && !isElsewhere;
    super(`the hub answered ${status} to ${request}: ${describeAnswer(text)}${isHidden ? HIDDEN : ''}`, {
      ...(isElsewhere && { hint: WRONG_ADDRESS }),
    });
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
  return new HubRefusal(request, status, text);
}

export function noJson(request: string, text: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError(`no JSON came back from ${request}: ${describeAnswer(text)}`, {
    hint: WRONG_ADDRESS,
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
    hint: tlsHint(error) ?? 'is it running at this address?',
    cause: error,
  });
}
