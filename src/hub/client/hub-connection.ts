import { setTimeout as delay } from 'node:timers/promises';

import type { Dispatcher } from 'undici';

import { makeDispatcher } from '../../process/http-dispatcher.ts';
import { noJson, refusal, unreachable } from './hub-faults.ts';
import { retryAfterMs } from './retry-after.ts';
import { ThrottleLog } from './throttle-log.ts';

type Method = Extract<Dispatcher.HttpMethod, 'GET' | 'POST' | 'DELETE'>;

export interface HubOptions {
  /** The hub's public address, e.g. `http://127.0.0.1:8000`, with its base URL if it has one. */
  readonly url: string;
  readonly token: string;
  /** It is told whenever the hub asks to come back later. */
  readonly onThrottled?: (waitMs: number) => void;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly accept?: string;
  /** The user for whom the request is, where waits are to be counted. */
  readonly whom?: string;
}

/** How long one answer may take; the hub answers every request within a second or is broken. */
const REQUEST_TIMEOUT_MS = 30_000;
/**
 * The statuses for too many requests and for a hub that is being restarted: both may say when to
 * come back.
 */
const ASKS_TO_WAIT: ReadonlySet<number> = new Set([429, 503]);
/** How long one request may wait, however often it is put off. */
const LONGEST_WAITING_MS = 600_000;
/** What 'at once' counts as: a hub that says it for ever is not asked for ever. */
const SHORTEST_WAIT_MS = 100;

/** Requests to a hub's REST API: the token, waiting where the hub asks for it, and what goes wrong. */
export class HubConnection {
  readonly url: string;
  readonly throttled = new ThrottleLog();
  readonly #dispatcher: Dispatcher;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #onThrottled: (waitMs: number) => void;

  constructor({ url, token, onThrottled = () => undefined }: HubOptions) {
    const { origin, pathname } = new URL(url);
    this.url = url.replace(/\/+$/, '');
    this.#basePath = pathname.replace(/\/+$/, '');
    this.#headers = { authorization: `token ${token}`, accept: 'application/json' };
    this.#origin = origin;
    this.#dispatcher = makeDispatcher({ headersTimeout: REQUEST_TIMEOUT_MS, bodyTimeout: 0 });
    this.#onThrottled = onThrottled;
  }

  /** The answer's JSON; undefined where it is empty. */
  async call(method: Method, path: string, options: RequestOptions = {}): Promise<unknown> {
    const response = await this.request(method, path, options);
    const text = await this.#read(response, method, path, options);
    return text === '' ? undefined : parseJson(text, `${method} ${this.#address(path)}`);
  }

  /** An answer that is no refusal. Where the hub says when to come back, that is done. */
  async request(
    method: Method,
    path: string,
    options: RequestOptions = {},
  ): Promise<Dispatcher.ResponseData> {
    let leftMs = LONGEST_WAITING_MS;
    for (;;) {
      const response = await this.#send(method, path, options);
      if (response.statusCode < 400) return response;
      const text = await this.#read(response, method, path, options);
      const waitMs = ASKS_TO_WAIT.has(response.statusCode)
        ? retryAfterMs(response.headers['retry-after'], Date.now())
        : undefined;
      if (waitMs === undefined || waitMs > leftMs) {
        throw refusal(`${method} ${this.#address(path)}`, response.statusCode, text);
      }
      const pauseMs = Math.max(waitMs, SHORTEST_WAIT_MS);
      leftMs -= pauseMs;
      await this.#wait(pauseMs, options);
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #wait(waitMs: number, { signal, whom }: RequestOptions): Promise<void> {
    this.#onThrottled(waitMs);
    const startedMs = performance.now();
    try {
      await delay(waitMs, undefined, signal === undefined ? {} : { signal });
    } finally {
      if (whom !== undefined) this.throttled.add(whom, performance.now() - startedMs);
    }
  }

  async #send(method: Method, path: string, options: RequestOptions): Promise<Dispatcher.ResponseData> {
    const { body, signal, accept } = options;
    try {
      return await this.#dispatcher.request({
        origin: this.#origin,
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
      throw this.#explain(error, method, path, signal);
    }
  }

  /** A hub can also end in the middle of an answer. */
  async #read(
    { body }: Dispatcher.ResponseData,
    method: Method,
    path: string,
    { signal }: RequestOptions,
  ): Promise<string> {
    try {
      return await body.text();
    } catch (error) {
      throw this.#explain(error, method, path, signal);
    }
  }

  #explain(error: unknown, method: Method, path: string, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return error;
    return unreachable(error, `${method} ${this.#address(path)}`, REQUEST_TIMEOUT_MS);
  }

  #address(path: string): string {
    return `${this.url}/hub/api${path}`;
  }
}

function parseJson(text: string, request: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw noJson(request, text, cause);
  }
}
