import { randomInt } from 'node:crypto';

const LOWEST_BLOCK = 16; // 127.0.x.x is what everybody uses
const BLOCKS_END = 255;
const BLOCK_SIZE = 254 * 254;

/**
 * Hands out loopback addresses, each to one sandbox at a time. A block 127.x.0.0/16 is picked at
 * random, so that two controllers on one host rarely meet; where they do, binding fails and the
 * caller asks again.
 */
export class AddressPool {
  readonly #taken = new Set<string>();
  #block = randomInt(LOWEST_BLOCK, BLOCKS_END);
  #next = randomInt(BLOCK_SIZE);

  take(count: number): readonly string[] {
    return Array.from({ length: count }, () => this.#takeOne());
  }

  release(address: string): void {
    this.#taken.delete(address);
  }

  /** Somebody else is in this block. */
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
