import { setTimeout as delay } from 'node:timers/promises';

import { type Dispatcher, Pool, errors } from 'undici';
import { z } from 'zod';

import { EnvironmentError } from '../errors.ts';
import { type ProgressEvent, readProgress } from './progress-stream.ts';

type Method = Extract<Dispatcher.HttpMethod, 'GET' | 'POST' | 'DELETE'>;

const serverSchema = z.looseObject({
  name: z.string(),
  ready: z.boolean().optional(),
  stopped: z.boolean().optional(),
  pending: z.string().nullish(),
  url: z.string().optional(),
  state: z.unknown().optional(),
});

const userSchema = z.looseObject({
  name: z.string(),
  servers: z.record(z.string(), serverSchema).optional(),
});

const infoSchema = z.looseObject({ version: z.string() });
const tokenSchema = z.looseObject({ token: z.string(), id: z.string() });
const errorSchema = z.looseObject({ message: z.string() });

export type HubUser = Readonly<z.infer<typeof userSchema>>;

export interface HubClientOptions {
  /** The hub's public address, e.g. `http://127.0.0.1:8000`, with its base URL if it has one. */
  readonly url: string;
  readonly token: string;
}

interface RequestOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly accept?: string;
}

/** How long one answer may take; the hub answers every request within a second or is broken. */
const REQUEST_TIMEOUT_MS = 30_000;
const STOP_CHECK_MS = 25;

/** A request that the hub refused, with its own reason. */
class HubRefusal extends Error {
  override readonly name = 'HubRefusal';
  readonly status: number;

  constructor(request: string, status: number, reason: string) {
    super(`the hub answered ${status} to ${request}: ${reason}`);
    this.status = status;
  }
}

/**
 * JupyterHub's REST API, as much of it as a user's life needs.
 *
 * ref: https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html
 */
export class HubClient {
  readonly url: string;
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, token }: HubClientOptions) {
    const { origin, pathname } = new URL(url);
    this.url = url.replace(/\/+$/, '');
    this.#basePath = pathname.replace(/\/+$/, '');
    this.#headers = { authorization: `token ${token}`, accept: 'application/json' };
    this.#pool = new Pool(origin, { headersTimeout: REQUEST_TIMEOUT_MS, bodyTimeout: 0 });
  }

  async info(): Promise<{ readonly version: string }> {
    return infoSchema.parse(await this.#call('GET', '/'));
  }

  async createUsers(usernames: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.#call('POST', '/users', { body: { usernames }, signal });
  }

  async deleteUser(name: string, signal?: AbortSignal): Promise<void> {
    await this.#call('DELETE', userPath(name), { signal });
  }

  /** `servers[''].state` is filled for a token with the scope `admin:server_state`. */
  async getUser(name: string, signal?: AbortSignal): Promise<HubUser> {
    return userSchema.parse(await this.#call('GET', userPath(name), { signal }));
  }

  async createUserToken(
    name: string,
    options: { readonly note: string; readonly expiresInS: number },
    signal?: AbortSignal,
  ): Promise<string> {
    const body = { note: options.note, expires_in: options.expiresInS };
    return tokenSchema.parse(await this.#call('POST', `${userPath(name)}/tokens`, { body, signal })).token;
  }

  /** Resolves when the hub has acknowledged the request: the server may be ready (201) or not yet (202). */
  async requestServer(name: string, signal?: AbortSignal): Promise<void> {
    await this.#call('POST', `${userPath(name)}/server`, { body: {}, signal });
  }

  /** The hub's progress events, up to and with the one that says `ready` or `failed`. */
  async *serverProgress(name: string, signal?: AbortSignal): AsyncGenerator<ProgressEvent> {
    const path = `${userPath(name)}/server/progress`;
    const response = await this.#request('GET', path, { signal, accept: 'text/event-stream' });
    yield* readProgress(response.body);
  }

  /** Resolves when the server is stopped, not only asked to. A server that isn't there is stopped. */
  async stopServer(name: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.#call('DELETE', `${userPath(name)}/server`, { signal });
    } catch (error) {
      if (!(error instanceof HubRefusal && [400, 404].includes(error.status))) {
        throw error;
      }
    }
    // The hub has no event for 'stopped': its model of the user is all there is.
    while ((await this.getUser(name, signal)).servers?.[''] !== undefined) {
      await delay(STOP_CHECK_MS, undefined, signal === undefined ? {} : { signal });
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #call(
    method: Method,
    path: string,
    options: { readonly body?: unknown; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<unknown> {
    const response = await this.#request(method, path, options);
    const text = await response.body.text();
    return text === '' ? undefined : parseJson(text, `${method} ${this.#address(path)}`);
  }

  async #request(
    method: Method,
    path: string,
    options: RequestOptions = {},
  ): Promise<Dispatcher.ResponseData> {
    const request = `${method} ${this.#address(path)}`;
    const response = await this.#send(method, path, options);
    if (response.statusCode < 400) {
      return response;
    }
    const text = await response.body.text();
    if (response.statusCode === 401) {
      throw new EnvironmentError(`the hub does not accept the token (401 to ${request})`, {
        hint: 'give an API token of this hub',
      });
    }
    throw new HubRefusal(request, response.statusCode, reasonIn(text));
  }

  async #send(method: Method, path: string, options: RequestOptions): Promise<Dispatcher.ResponseData> {
    const { body, signal, accept } = options;
    try {
      return await this.#pool.request({
        method,
        path: `${this.#basePath}/hub/api${path}`,
        headers: {
          ...this.#headers,
          ...(accept === undefined ? {} : { accept }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw explainFailure(error, `${method} ${this.#address(path)}`, signal);
    }
  }

  #address(path: string): string {
    return `${this.url}/hub/api${path}`;
  }
}

function userPath(name: string): string {
  return `/users/${encodeURIComponent(name)}`;
}

function parseJson(text: string, request: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EnvironmentError(`no JSON came back from ${request}: ${text.slice(0, 80)}`, {
      hint: 'is this the address of a JupyterHub?',
      cause,
    });
  }
}

function reasonIn(text: string): string {
  try {
    return errorSchema.parse(JSON.parse(text)).message;
  } catch {
    return text.slice(0, 200);
  }
}

function explainFailure(error: unknown, request: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) {
    return error;
  }
  if (error instanceof errors.HeadersTimeoutError) {
    return new EnvironmentError(`the hub did not answer ${request} within ${REQUEST_TIMEOUT_MS / 1000} s`, {
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new EnvironmentError(`the hub cannot be reached: ${request}: ${reason}`, {
    hint: 'is it running at this address?',
    cause: error,
  });
}
