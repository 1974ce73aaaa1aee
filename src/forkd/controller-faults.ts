import { EnvironmentError } from '../faults/errors.ts';
import { messageOf } from '../faults/caught-error.ts';
import { tlsHint } from '../faults/tls-faults.ts';

/** One request, as far as an error message names it. */
export interface NamedRequest {
  readonly url: string;
  readonly method: string;
  readonly limitMs: number;
}

/** The error where no answer arrived. */
export function unreachable({ url, method, limitMs }: NamedRequest, cause: unknown): EnvironmentError {
  const asked = `the controller did not answer ${method} ${url}`;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return new EnvironmentError(`${asked} within ${limitMs / 1000} s`, {
      hint: 'It hangs or is overloaded: look at its log, restart it, or use another with --controller.',
      cause,
    });
  }
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new EnvironmentError(`the controller's answer to ${method} ${url} is too long and was cut off`, {
      hint: 'Something in the sandbox, or in front of the controller, sends without end.',
      cause,
    });
  }
  const hints: Readonly<Record<string, string>> = {
    ECONNREFUSED:
      'Nothing listens there: start forkd-controller, or give the URL of another with --controller.',
    ENOTFOUND: 'There is no such host: check the URL given with --controller.',
  };
  return new EnvironmentError(`${asked}: ${messageOf(cause) || code}`, {
    hint:
      hints[code] ?? tlsHint(cause) ?? 'Check the URL given with --controller and that the controller runs.',
    cause,
  });
}

/** A status that says no. */
export function refused({ url, method }: NamedRequest, status: number, reason: string): EnvironmentError {
  if (status === 401) {
    return new EnvironmentError(`the controller refused the token (401) for ${method} ${url}: ${reason}`, {
      hint: 'Give the file with its bearer token with --token-file; forkd-controller names it at its start.',
    });
  }
  return new EnvironmentError(`the controller answered ${status} to ${method} ${url}: ${reason}`, {
    hint: "The text after the status is the controller's own reason; its log may say more.",
  });
}

/** The error where something answered that isn't a controller. */
export function notAController(
  { url, method }: NamedRequest,
  contentType: string,
  body: string,
): EnvironmentError {
  const [line = ''] = body.trim().split('\n');
  return new EnvironmentError(
    `${method} ${url} was not answered as a forkd controller does: ${contentType || 'no content type'}, '${line.slice(0, 80)}'`,
    { hint: 'Something else listens there: check host and port of the URL given with --controller.' },
  );
}
