import type { HubClient } from './hub-client.ts';
import type { ProgressEvent } from './progress-stream.ts';
import { labelOf, type ServerName, serverUrlPath } from './server-name.ts';

/** Where servers are, as the hub itself says: with subdomains every user has a host of their own. */
export class ServerUrls {
  readonly #client: Pick<HubClient, 'url' | 'serverProgress' | 'getUser'>;
  readonly #urls = new Map<string, string>();

  constructor(client: Pick<HubClient, 'url' | 'serverProgress' | 'getUser'>) {
    this.#client = client;
  }

  /**
   * The server's address, with a closing slash; below the hub's own as long as the hub has named no
   * other.
   */
  of(name: ServerName): string {
    return this.#urls.get(labelOf(name)) ?? this.#client.url + serverUrlPath(name);
  }

  /** A server's progress events. The last one says where it is, which costs no request of its own. */
  async *watch(name: ServerName, signal: AbortSignal): AsyncGenerator<ProgressEvent> {
    for await (const event of this.#client.serverProgress(name, signal)) {
      if (event.ready === true) await this.#note(name, event, signal);
      yield event;
    }
  }

  /** A hub's `progress_ready_hook` may send users elsewhere than to the server's root. */
  async #note(name: ServerName, { url }: ProgressEvent, signal: AbortSignal): Promise<void> {
    const hubUrl = this.#client.url;
    const root =
      (url === undefined ? undefined : serverRoot(url, hubUrl, name)) ?? (await this.#ask(name, signal));
    if (root !== undefined) this.#urls.set(labelOf(name), root);
  }

  async #ask(name: ServerName, signal: AbortSignal): Promise<string | undefined> {
    const model = (await this.#client.getUser(name.user, signal)).servers?.[name.server];
    const url = model?.full_url ?? model?.url;
    return url === undefined ? undefined : serverRoot(url, this.#client.url, name);
  }
}

/**
 * The whole address of a server whose address on its hub is `url`: a path, or with subdomains a URL.
 * Undefined where it isn't the root of that very server.
 */
export function serverRoot(url: string, hubUrl: string, name: ServerName): string | undefined {
  const base = `${hubUrl}/`;
  if (!URL.canParse(url, base)) return undefined;
  const { origin, pathname, search, hash } = new URL(url, base);
  const isRoot =
    search === '' && hash === '' && decoded(pathname)?.endsWith(decoded(serverUrlPath(name)) ?? '');
  return isRoot === true ? origin + pathname : undefined;
}

/** Not every hub escapes a name's characters alike (`@` is one that may stay). */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
