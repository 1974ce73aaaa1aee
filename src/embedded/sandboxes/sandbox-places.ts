import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { KeepLog } from '../kept-logs.ts';
import type { MemoryLimits } from './memory-limits.ts';
import type { SandboxPlace } from './sandbox.ts';
import type { SandboxIds } from './sandbox-ids.ts';
import type { SandboxNetwork, SandboxNetworks } from './sandbox-networks.ts';

interface SandboxPlacesOptions {
  /** The folder of the sandboxes' folders; exists. */
  readonly root: string;
  readonly networks: SandboxNetworks;
  readonly ids: SandboxIds;
  readonly limits: MemoryLimits | undefined;
  readonly keepLog: KeepLog;
}

export interface WantedPlaces {
  readonly count: number;
  readonly memoryLimitMib: number | null;
  readonly perChildNetns: boolean;
}

/** Prepares and clears what sandboxes occupy: network, folder, cgroup. */
export class SandboxPlaces {
  readonly #options: SandboxPlacesOptions;

  constructor(options: SandboxPlacesOptions) {
    this.#options = options;
  }

  async prepare({ count, memoryLimitMib, perChildNetns }: WantedPlaces): Promise<readonly SandboxPlace[]> {
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
  moved(places: readonly SandboxPlace[]): readonly SandboxPlace[] {
    const others = this.#options.networks.exchange(places.map(({ network }) => network));
    return places.map((place, index) => ({ ...place, network: others[index] ?? place.network }));
  }

  async clear(place: SandboxPlace): Promise<void> {
    this.#options.networks.release(place.network);
    await this.#remove(place);
  }

  async #remove({ id, dir, cgroup }: SandboxPlace): Promise<void> {
    await this.#options.keepLog(join(dir, 'server.log'), `${id}.log`);
    await Promise.all([rm(dir, { recursive: true, force: true }), cgroup?.remove()]);
  }

  async #prepareOne(network: SandboxNetwork, limitMib: number | null): Promise<SandboxPlace> {
    const id = this.#options.ids.next();
    const dir = join(this.#options.root, id);
    await mkdir(dir, { mode: 0o700 });
    const cgroup = limitMib === null ? undefined : await this.#options.limits?.create(id, limitMib);
    return { id, network, dir, cgroup };
  }
}
