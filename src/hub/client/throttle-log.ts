/** How long the hub had somebody wait by answering 429. */
export interface Throttling {
  readonly waits: number;
  readonly waitedMs: number;
}

/** Counts waits by whom they were for. */
export class ThrottleLog {
  readonly #waits = new Map<string, Throttling>();

  add(whom: string, waitedMs: number): void {
    const { waits, waitedMs: before } = this.#waits.get(whom) ?? { waits: 0, waitedMs: 0 };
    this.#waits.set(whom, { waits: waits + 1, waitedMs: before + waitedMs });
  }

  /** What has come together since the last call; undefined where nothing has. */
  take(whom: string): Throttling | undefined {
    const throttling = this.#waits.get(whom);
    this.#waits.delete(whom);
    return throttling;
  }
}
