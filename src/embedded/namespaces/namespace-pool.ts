import type { NamespacePair } from './namespace-layout.ts';

/** Hands out pairs of namespaces, each to one sandbox at a time, the lowest number first as forkd does. */
export class NamespacePool {
  readonly size: number;
  #free: readonly NamespacePair[];

  constructor(pairs: readonly NamespacePair[]) {
    this.size = pairs.length;
    this.#free = pairs;
  }

  /** So many, or none: undefined where fewer are free. */
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
