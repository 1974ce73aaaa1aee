import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { AddressPool } from './address-pool.ts';
import type { MemoryLimits } from './memory-limits.ts';
import type { SandboxPlace } from './sandbox.ts';
import type { SandboxIds } from './sandbox-ids.ts';

interface SandboxPlacesOptions {
  /** The folder of the sandboxes' folders; exists. */
  readonly root: string;
  readonly addresses: AddressPool;
  readonly ids: SandboxIds;
  readonly limits: MemoryLimits | undefined;
}

/** Prepares and clears what sandboxes occupy: address, folder, cgroup. */
export class SandboxPlaces {
  readonly #options: SandboxPlacesOptions;

  constructor(options: SandboxPlacesOptions) {
    this.#options = options;
  }

  async prepare(count: number, limitMib: number | null): Promise<readonly SandboxPlace[]> {
    const addresses = this.#options.addresses.take(count);
    const outcomes = await Promise.allSettled(
      addresses.map((address) => this.#prepareOne(address, limitMib)),
    );
    const failed = outcomes.find(({ status }) => status === 'rejected');
    const places = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
    if (failed?.status !== 'rejected') return places;
    await Promise.all(places.map((place) => this.clear(place)));
    for (const address of addresses) this.#options.addresses.release(address);
    throw failed.reason;
  }

  /** The same place at other addresses: somebody else has these. */
  moved(places: readonly SandboxPlace[]): readonly SandboxPlace[] {
    const { addresses } = this.#options;
    addresses.changeBlock();
    const others = addresses.take(places.length);
    return places.map((place, index) => {
      addresses.release(place.address);
      return { ...place, address: others[index] ?? place.address };
    });
  }

  async clear({ address, dir, cgroup }: SandboxPlace): Promise<void> {
    this.#options.addresses.release(address);
    await Promise.all([rm(dir, { recursive: true, force: true }), cgroup?.remove()]);
  }

  async #prepareOne(address: string, limitMib: number | null): Promise<SandboxPlace> {
    const id = this.#options.ids.next();
    const dir = join(this.#options.root, id);
    await mkdir(dir, { mode: 0o700 });
    const cgroup = limitMib === null ? undefined : await this.#options.limits?.create(id, limitMib);
    return { id, address, dir, cgroup };
  }
}
