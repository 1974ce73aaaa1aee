import { unixNowMs } from '../time/unix-clock.ts';

const MS_PER_S = 1000;

/**
 * What took how long in one request, as the standard header `Server-Timing` tells it. Its parameter
 * `start`, in seconds since 1970, is our own: readers ignore parameters that they do not know.
 *
 * ref: https://www.w3.org/TR/server-timing/#the-server-timing-header-field
 */
export class ServerTiming {
  readonly #entries: string[] = [];

  /** Starts a span; the function that comes back ends it, the first time that it is called. */
  begin(name: string): () => void {
    const startMs = unixNowMs();
    let ended = false;
    return () => {
      if (!ended) this.#entries.push(entry(name, startMs, unixNowMs() - startMs));
      ended = true;
    };
  }

  async time<T>(name: string, action: () => Promise<T>): Promise<T> {
    const end = this.begin(name);
    try {
      return await action();
    } finally {
      end();
    }
  }

  header(): string {
    return this.#entries.join(', ');
  }
}

function entry(name: string, startMs: number, durationMs: number): string {
  return `${name};dur=${durationMs.toFixed(3)};start=${(startMs / MS_PER_S).toFixed(6)}`;
}
