import { randomInt } from 'node:crypto';

import { GUEST_ADDRESS } from '../../forkd/forkd-layout.ts';
import type { NamespacePair } from '../namespaces/layout-scripts.ts';

const LOWEST_BLOCK = 16; // 127.0.x.x is what everybody uses
const BLOCKS_END = 255;
const BLOCK_SIZE = 254 * 254;

/** Where a sandbox is on the network. */
export interface SandboxNetwork {
  readonly address: string;
  /** The sandbox's namespaces; undefined where its address is one of this host's own. */
  readonly namespaces: NamespacePair | undefined;
}

/** Hands out networks, each to one sandbox at a time. */
export class NetworkPool {
  readonly #addresses = new AddressPool();
  /**
   * The namespaces; undefined where there are none, and whoever asks for one gets an address of
   * this host.
   */
  readonly #namespaces: NamespacePool | undefined;

  constructor(pairs?: readonly NamespacePair[]) {
    this.#namespaces = pairs && new NamespacePool(pairs);
  }

  take(count: number, perChildNetns: boolean): readonly SandboxNetwork[] {
    const namespaces = this.#namespaces;
    if (!perChildNetns || namespaces === undefined) return this.#addresses.take(count).map(onThisHost);
    const pairs = namespaces.take(count);
    if (pairs === undefined) {
      // forkd starts a microVM in a namespace that isn't there, and waits for its socket.
      throw new Error(
        `socket child-${count}.sock never appeared within 5s ` +
          `(fewer than ${count} of the controller's ${namespaces.size} network namespaces are free)`,
      );
    }
    return pairs.map((pair) => ({ address: GUEST_ADDRESS, namespaces: pair }));
  }

  /** Another network in place of one whose address somebody else has. */
  exchange(networks: readonly SandboxNetwork[]): readonly SandboxNetwork[] {
    this.#addresses.changeBlock();
    const others = this.#addresses.take(networks.length).map(onThisHost);
    for (const network of networks) this.release(network);
    return others;
  }

  release({ address, namespaces }: SandboxNetwork): void {
    if (namespaces === undefined) this.#addresses.release(address);
    else this.#namespaces?.release(namespaces);
  }
}

function onThisHost(address: string): SandboxNetwork {
  return { address, namespaces: undefined };
}

/**
 * Hands out loopback addresses, each to one sandbox at a time. A block 127.x.0.0/16 is picked at
 * random, so that two controllers on one host rarely meet; where they do, binding fails and the
 * caller asks again.
 */
class AddressPool {
  readonly #taken = new Set<string>();
  #block = randomInt(LOWEST_BLOCK, BLOCKS_END);
  #next = randomInt(BLOCK_SIZE);

  take(count: number): readonly string[] {
    return Array.from({ length: count }, () => this.#takeOne());
  }

  release(address: string): void {
    this.#taken.delete(address);
  }

  /** Moves to another block of addresses, because another program has an address of this one. */
  changeBlock(): void {
    this.#block = randomInt(LOWEST_BLOCK, BLOCKS_END);
  }

  #takeOne(): string {
    for (let tries = 0; tries < BLOCK_SIZE; tries += 1) {
      // Going round: an address rests as long as possible before it is used again.
      this.#next = (this.#next + 1) % BLOCK_SIZE;
      const address = `127.${this.#block}.${1 + Math.floor(this.#next / 254)}.${1 + (this.#next % 254)}`;
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return address;
    }
    throw new Error(`all ${BLOCK_SIZE} addresses of 127.${this.#block}.0.0/16 are taken`);
  }
}

/** Hands out pairs of namespaces, each to one sandbox at a time, the lowest number first as forkd does. */
class NamespacePool {
  readonly size: number;
  #free: readonly NamespacePair[];

  constructor(pairs: readonly NamespacePair[]) {
    this.size = pairs.length;
    this.#free = pairs;
  }

  /** Takes so many, or none: undefined where fewer are free. */
  take(count: number): readonly NamespacePair[] | undefined {
    if (this.#free.length < count) return undefined;
    const taken = this.#free.slice(0, count);
    this.#free = this.#free.slice(count);
    return taken;
  }

  release(pair: NamespacePair): void {
    this.#free = [...this.#free, pair].toSorted((one, other) => one.number - other.number);
  }
}
