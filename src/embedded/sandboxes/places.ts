import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { KeepLog } from '../kept-logs.ts';
import type { MemoryCgroup, MemoryLimits } from './memory-limits.ts';
import type { NetworkPool, SandboxNetwork } from './network-pool.ts';

interface PlacesOptions {
  /** The folder of the sandboxes' folders; exists. */
  readonly root: string;
  readonly networks: NetworkPool;
  readonly limits: MemoryLimits | undefined;
  readonly keepLog: KeepLog;
}

export interface WantedPlaces {
  readonly count: number;
  readonly memoryLimitMib: number | null;
  readonly perChildNetns: boolean;
}

/** What a sandbox occupies, from before its fork until its deletion. */
export interface Place {
  readonly id: string;
  readonly network: SandboxNetwork;
  readonly dir: string;
  readonly cgroup: MemoryCgroup | undefined;
}

/**
 * The abstract socket at which a sandbox's agent is reached from outside its namespace; a path
 * could be too long.
 */
export function agentSocket({ id }: Place): string {
  return `@forkd-agent-${process.pid}-${id}`;
}

/** Prepares and clears what sandboxes occupy: network, folder, cgroup. */
export class Places {
  readonly #options: PlacesOptions;
  readonly #ids = new SandboxIds();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  async prepare({ count, memoryLimitMib, perChildNetns }: WantedPlaces): Promise<readonly Place[]> {
    const networks = this.#options.networks.take(count, perChildNetns);
    const outcomes = await Promise.allSettled(
      networks.map((network) => this.#prepareOne(network, memoryLimitMib)),
    );
    const failed = outcomes.find(({ status }) => status === 'rejected');
    const places = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
    if (failed?.status !== 'rejected') return places;
    await Promise.all(places.map((place) => this.#remove(place)));
    for (const network of networks) this.#options.networks.release(network);
    throw failed.reason;
  }

  /** The same place at other addresses: somebody else has these. */
  moved(places: readonly Place[]): readonly Place[] {
    const others = this.#options.networks.exchange(places.map(({ network }) => network));
    return places.map((place, index) => ({ ...place, network: others[index] ?? place.network }));
  }

  async clear(place: Place): Promise<void> {
    this.#options.networks.release(place.network);
    await this.#remove(place);
  }

  async #remove({ id, dir, cgroup }: Place): Promise<void> {
    await this.#options.keepLog(join(dir, 'server.log'), `${id}.log`);
    await Promise.all([rm(dir, { recursive: true, force: true }), cgroup?.remove()]);
  }

  async #prepareOne(network: SandboxNetwork, limitMib: number | null): Promise<Place> {
    const id = this.#ids.next();
    const dir = join(this.#options.root, id);
    await mkdir(dir, { mode: 0o700 });
    const cgroup = limitMib === null ? undefined : await this.#options.limits?.create(id, limitMib);
    return { id, network, dir, cgroup };
  }
}

/**
 * Makes ids in forkd's form, `sb-<hex time>-<hex sequence>`. The sequence starts with random
 * digits, so that ids stay unique across restarts within one second and across controllers.
 */
class SandboxIds {
  readonly #prefix = randomBytes(3).toString('hex');
  #sequence = 0;

  next(): string {
    const seconds = Math.floor(Date.now() / 1000);
    const sequence = this.#sequence.toString(16).padStart(4, '0');
    this.#sequence += 1;
    return `sb-${seconds.toString(16)}-${this.#prefix}${sequence}`;
  }
}
