import { EnvironmentError } from '../../faults/errors.ts';
import type { HubClient } from './hub-client.ts';
import { HubRefusal } from './hub-faults.ts';

/**
 * Users by the names that were asked for. A hub may write a name in its own way (`Lab-1` becomes `lab-1`)
 * when it makes a user, and knows that user by no other name afterwards.
 */
export class UserDirectory {
  readonly #client: Pick<HubClient, 'url' | 'createUsers' | 'findUser'>;
  readonly #names = new Map<string, string>();
  readonly #created = new Set<string>();

  constructor(client: Pick<HubClient, 'url' | 'createUsers' | 'findUser'>) {
    this.#client = client;
  }

  /** The hub's own name of a user; what was asked for as long as the hub has said nothing else. */
  nameOf(asked: string): string {
    return this.#names.get(asked) ?? asked;
  }

  /** The hub's names of those that were not there before. */
  get created(): ReadonlySet<string> {
    return this.#created;
  }

  /** Makes those that aren't there, and learns what the hub calls all of them. */
  async create(asked: readonly string[], signal: AbortSignal): Promise<void> {
    const created = await this.#client.createUsers(asked, signal).catch((error: unknown) => {
      // All of them are there.
      if (error instanceof HubRefusal && error.status === 409) return [];
      throw error;
    });
    for (const name of created) this.#created.add(name);
    const unknown = asked.filter((name) => !this.#names.has(name));
    const names = await Promise.all(
      unknown.map(async (name) => {
        const inOrder = created.length === asked.length ? created[asked.indexOf(name)] : undefined;
        return [name, inOrder ?? (await this.#find(name, created, signal))] as const;
      }),
    );
    for (const [name, found] of names) this.#learn(name, found);
  }

  /** A hub that says of a name that it is there, and doesn't know it, writes it in another way. */
  async #find(asked: string, created: readonly string[], signal: AbortSignal): Promise<string> {
    for (const name of new Set([asked, asked.toLowerCase()])) {
      if (created.includes(name) || (await this.#client.findUser(name, signal)) !== undefined) return name;
    }
    throw new EnvironmentError(
      `${this.#client.url} says that there is a user ${asked}, and knows nobody of this name: it writes names in another way`,
      { hint: 'name users as the hub does, with --user-template or --users-file' },
    );
  }

  #learn(asked: string, name: string): void {
    const other = [...this.#names].find(([, known]) => known === name)?.[0];
    if (other !== undefined) {
      throw new EnvironmentError(`${asked} and ${other} are one user for ${this.#client.url}: ${name}`, {
        hint: 'name users that differ in more than their case',
      });
    }
    this.#names.set(asked, name);
  }
}
