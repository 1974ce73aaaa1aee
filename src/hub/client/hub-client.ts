import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import { HubConnection, type HubOptions } from './hub-connection.ts';
import { HubRefusal } from './hub-faults.ts';
import { type ProgressEvent, readProgress } from './progress-stream.ts';
import { labelOf, type ServerName, serverPath, userPath } from './server-name.ts';
import type { Throttling } from './throttle-log.ts';

const serverSchema = z.looseObject({
  name: z.string(),
  ready: z.boolean().optional(),
  stopped: z.boolean().optional(),
  pending: z.string().nullish(),
  /** A path; with subdomains a URL. */
  url: z.string().optional(),
  full_url: z.string().nullish(),
  state: z.unknown().optional(),
});

const userSchema = z.looseObject({
  name: z.string(),
  servers: z.record(z.string(), serverSchema).optional(),
});

const infoSchema = z.looseObject({ version: z.string() });
const detailsSchema = z.looseObject({ spawner: z.looseObject({ class: z.string(), version: z.string() }) });
const ownerSchema = z.looseObject({ kind: z.string(), name: z.string(), scopes: z.array(z.string()) });
const tokenSchema = z.looseObject({ token: z.string(), id: z.string() });

export type HubUser = Readonly<z.infer<typeof userSchema>>;

/** Whose token it is, and what it may do. */
export type TokenOwner = Readonly<z.infer<typeof ownerSchema>>;

interface Stop {
  /** Whether a named server is to be forgotten, too. */
  readonly remove?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const STOP_CHECK_MS = 25;

/**
 * JupyterHub's REST API, as much of it as a user's life needs.
 *
 * ref: https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html
 */
export class HubClient {
  readonly #connection: HubConnection;

  constructor(options: HubOptions) {
    this.#connection = new HubConnection(options);
  }

  get url(): string {
    return this.#connection.url;
  }

  async info(signal?: AbortSignal): Promise<{ readonly version: string }> {
    return infoSchema.parse(await this.#connection.call('GET', '/', { signal }));
  }

  /** What the hub starts servers with; for a token with the scope `read:hub`. */
  async spawner(signal?: AbortSignal): Promise<{ readonly class: string; readonly version: string }> {
    return detailsSchema.parse(await this.#connection.call('GET', '/info', { signal })).spawner;
  }

  async tokenOwner(signal?: AbortSignal): Promise<TokenOwner> {
    return ownerSchema.parse(await this.#connection.call('GET', '/user', { signal }));
  }

  /** @returns the names of those that were not there before */
  async createUsers(usernames: readonly string[], signal?: AbortSignal): Promise<readonly string[]> {
    const created = await this.#connection.call('POST', '/users', { body: { usernames }, signal });
    return z
      .array(userSchema)
      .parse(created)
      .map(({ name }) => name);
  }

  async deleteUser(name: string, signal?: AbortSignal): Promise<void> {
    await this.#connection.call('DELETE', userPath(name), { signal });
  }

  /** `servers[''].state` is filled for a token with the scope `admin:server_state`. */
  async getUser(name: string, signal?: AbortSignal): Promise<HubUser> {
    return userSchema.parse(await this.#connection.call('GET', userPath(name), { signal }));
  }

  /** Reads a user, with servers that don't run; undefined for one that isn't there. */
  async findUser(name: string, signal?: AbortSignal): Promise<HubUser | undefined> {
    const path = `${userPath(name)}?include_stopped_servers=1`;
    try {
      return userSchema.parse(await this.#connection.call('GET', path, { signal }));
    } catch (error) {
      if (error instanceof HubRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  async createUserToken(
    name: string,
    options: { readonly note: string; readonly expiresInS: number },
    signal?: AbortSignal,
  ): Promise<string> {
    const body = { note: options.note, expires_in: options.expiresInS };
    const path = `${userPath(name)}/tokens`;
    return tokenSchema.parse(await this.#connection.call('POST', path, { body, signal })).token;
  }

  /** Resolves when the hub has acknowledged the request: the server may be ready (201) or not yet (202). */
  async requestServer(name: ServerName, signal?: AbortSignal): Promise<void> {
    await this.#connection.call('POST', serverPath(name), { body: {}, signal, whom: labelOf(name) });
  }

  /** The hub's progress events, up to and with the one that says `ready` or `failed`. */
  async *serverProgress(name: ServerName, signal?: AbortSignal): AsyncGenerator<ProgressEvent> {
    const options = { signal, accept: 'text/event-stream', whom: labelOf(name) };
    const response = await this.#connection.request('GET', `${serverPath(name)}/progress`, options);
    yield* readProgress(response.body);
  }

  /** Resolves when the server is stopped, not only asked to. A server that isn't there is stopped. */
  async stopServer(name: ServerName, { remove = false, signal }: Stop = {}): Promise<void> {
    try {
      const body = remove ? { body: { remove } } : {};
      await this.#connection.call('DELETE', serverPath(name), { ...body, signal });
    } catch (error) {
      if (!(error instanceof HubRefusal && [400, 404].includes(error.status))) throw error;
    }
    // The hub has no event for 'stopped': its model of the user is all there is.
    while ((await this.getUser(name.user, signal)).servers?.[name.server] !== undefined) {
      await delay(STOP_CHECK_MS, undefined, signal === undefined ? {} : { signal });
    }
  }

  /** How long a server's requests had to wait since the last call; undefined where they hadn't. */
  takeThrottling(name: ServerName): Throttling | undefined {
    return this.#connection.throttled.take(labelOf(name));
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
