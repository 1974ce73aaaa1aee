import { messageWithCauses } from '../../faults/caught-error.ts';
import { EnvironmentError } from '../../faults/errors.ts';
import type { HubClient, HubUser } from '../../hub/client/hub-client.ts';
import { HubRefusal } from '../../hub/client/hub-faults.ts';
import { labelOf, type ServerName } from '../../hub/client/server-name.ts';
import { ServerUrls } from '../../hub/client/server-urls.ts';
import { UserDirectory } from '../../hub/client/user-directory.ts';
import type { Leftover } from '../../record/run-record.ts';
import type { HubPort, LeftoversPort } from './ports.ts';

/** Whose servers they are, and by which token. */
export interface Lodging {
  readonly token: string;
  /** The n-th user's server. */
  readonly servers: readonly ServerName[];
  /** Why missing users can't be made; absent where they can. */
  readonly cannotCreate?: string;
}

/** How long the stop of a server after the run may take; the hub may have to wait for its spawner. */
const CLEAN_UP_TIMEOUT_MS = 60_000;

/**
 * The servers of a round on somebody's hub. What was there before is left alone: users stay, and a
 * server that runs already is neither measured nor stopped.
 */
export class RemoteServers {
  readonly #client: HubClient;
  readonly #lodging: Lodging;
  readonly #users: UserDirectory;
  readonly #urls: ServerUrls;
  readonly #servers: ReadonlyMap<string, ServerName>;
  /** Whether the hub knew a server before us, running or not. */
  readonly #known = new Map<string, boolean>();
  /** The servers that we have asked for and not seen stopped. */
  readonly #asked = new Set<string>();

  constructor(client: HubClient, lodging: Lodging) {
    this.#client = client;
    this.#lodging = lodging;
    this.#users = new UserDirectory(client);
    this.#urls = new ServerUrls(client);
    this.#servers = new Map(lodging.servers.map((name) => [labelOf(name), name]));
  }

  hub(): HubPort {
    const client = this.#client;
    return {
      createUsers: (labels, signal) => this.#prepare(labels, signal),
      createToken: () => Promise.resolve(this.#lodging.token),
      requestServer: (label, signal) => this.#request(label, signal),
      serverProgress: (label, signal) => this.#urls.watch(this.#named(label), signal),
      serverUrl: (label) => this.#urls.of(this.#named(label)),
      stopServer: (label, signal) => this.#stop(label, signal),
      takeThrottling: (label) => client.takeThrottling(this.#named(label)),
    };
  }

  /** The leftovers that the hub itself shows; nothing else can be seen from here. */
  leftovers(): LeftoversPort {
    return {
      before: () => Promise.resolve(),
      during: () => Promise.resolve(),
      find: () => this.#stillThere(),
      unseen: 'of an existing hub neither sandboxes nor processes nor ports can be seen',
    };
  }

  /** Stops what was asked for and deletes what was made. @returns what could not be, in words */
  async cleanUp(): Promise<readonly string[]> {
    const patience = AbortSignal.timeout(CLEAN_UP_TIMEOUT_MS);
    const stops = [...this.#asked].map((label) =>
      failing(`the server ${label}`, () => this.#stop(label, patience)),
    );
    const failures = await Promise.all(stops);
    const deletions = [...this.#users.created].map((user) =>
      failing(`the user ${user}`, () => this.#client.deleteUser(user, patience)),
    );
    return [...failures, ...(await Promise.all(deletions))].flat();
  }

  async #prepare(labels: readonly string[], signal: AbortSignal): Promise<void> {
    const missing = await this.#look(labels, signal);
    if (missing.length === 0) return;
    await this.#create([...new Set(missing.map((label) => this.#named(label).user))], signal);
    // The hub may know some of them by another name.
    const renamed = missing.filter((label) => !this.#users.created.has(this.#named(label).user));
    if (renamed.length > 0) await this.#look(renamed, signal);
  }

  /** @returns the servers whose user isn't there; throws where a server runs already */
  async #look(labels: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const names = [...new Set(labels.map((label) => this.#named(label).user))];
    const users = new Map<string, HubUser | undefined>();
    await Promise.all(names.map(async (name) => users.set(name, await this.#client.findUser(name, signal))));
    for (const label of labels) this.#refuseRunning(label, users);
    return labels.filter((label) => users.get(this.#named(label).user) === undefined);
  }

  #refuseRunning(label: string, users: ReadonlyMap<string, HubUser | undefined>): void {
    const { user, server } = this.#named(label);
    const found = users.get(user);
    const known = found?.servers?.[server];
    if (found !== undefined && !this.#known.has(label)) this.#known.set(label, known !== undefined);
    if (known === undefined || known.stopped === true) return;
    if (this.#asked.has(label)) {
      throw new EnvironmentError(`the server of ${label} has not stopped since the last round`);
    }
    throw new EnvironmentError(
      `the server of ${label} runs already on ${this.#client.url}: it is left alone`,
      {
        hint: 'stop it, or name other users with --user-template or --users-file',
      },
    );
  }

  async #create(missing: readonly string[], signal: AbortSignal): Promise<void> {
    const { cannotCreate } = this.#lodging;
    if (cannotCreate !== undefined) {
      const more = missing.length > 3 ? ', …' : '';
      throw new EnvironmentError(
        `${this.#client.url} does not know ${missing.slice(0, 3).join(', ')}${more}, and ${cannotCreate}`,
        { hint: 'name users that are there with --users-file, or give a token that may make them' },
      );
    }
    await this.#users.create(missing, signal);
  }

  /**
   * The server counts as asked for until the hub refuses it: where no answer comes, it may have
   * been started.
   */
  async #request(label: string, signal: AbortSignal): Promise<void> {
    this.#asked.add(label);
    try {
      await this.#client.requestServer(this.#named(label), signal);
    } catch (error) {
      if (error instanceof HubRefusal && error.status < 500) this.#asked.delete(label);
      throw error;
    }
  }

  async #stop(label: string, signal: AbortSignal): Promise<void> {
    const name = this.#named(label);
    const remove = name.server !== '' && this.#known.get(label) === false;
    await this.#client.stopServer(name, { remove, signal });
    this.#asked.delete(label);
  }

  async #stillThere(): Promise<readonly Leftover[]> {
    const looks = [...this.#asked].map(async (label): Promise<readonly Leftover[]> => {
      const { user, server } = this.#named(label);
      const { servers } = await this.#client.getUser(user);
      return servers?.[server] === undefined ? [] : [{ kind: 'server', detail: label }];
    });
    try {
      return (await Promise.all(looks)).flat();
    } catch (cause) {
      return [{ kind: 'unknown', detail: messageWithCauses(cause) }];
    }
  }

  #named(label: string): ServerName {
    const name = this.#servers.get(label);
    if (name === undefined) throw new Error(`no server of this run is called ${label}`);
    return { ...name, user: this.#users.nameOf(name.user) };
  }
}

async function failing(what: string, action: () => Promise<void>): Promise<readonly string[]> {
  try {
    await action();
    return [];
  } catch (cause) {
    return [`${what}: ${messageWithCauses(cause)}`];
  }
}
