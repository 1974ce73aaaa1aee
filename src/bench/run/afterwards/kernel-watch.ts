import { setTimeout as delay } from 'node:timers/promises';

import type { Page, Response, WebSocket } from 'playwright-core';
import { z } from 'zod';

const kernelSchema = z.looseObject({ id: z.string() });
const sessionSchema = z.looseObject({ kernel: kernelSchema.nullable() });

const STARTING_METHODS = ['POST', 'PATCH'];
const SESSIONS = /\/api\/sessions(\/[^/]+)?$/;
const KERNELS = '/api/kernels';
const CHANNELS = /\/api\/kernels\/([^/]+)\/channels$/;

/** What a page does with kernels, as its requests show it. */
export class KernelWatch {
  readonly #started = new Set<string>();
  readonly #answering = Promise.withResolvers<undefined>();
  readonly #reading = new Set<Promise<void>>();

  constructor(page: Page) {
    page.on('response', (response) => {
      const reading = this.#read(response).finally(() => this.#reading.delete(reading));
      this.#reading.add(reading);
    });
    page.on('websocket', (socket) => {
      this.#watchSocket(socket);
    });
    page.on('close', () => {
      this.#answering.reject(new Error('the page was closed before a kernel answered'));
    });
    // Whoever waits for it is told; nobody may be waiting.
    this.#answering.promise.catch(() => undefined);
  }

  /** How many kernels the page has had the server start: one that it deleted again was one, too. */
  async started(): Promise<number> {
    await Promise.all(this.#reading);
    return this.#started.size;
  }

  /** Waits until the page has a session and has heard of its kernel: it is connected then. */
  async untilOneAnswers(timeoutMs: number): Promise<void> {
    const over = new AbortController();
    const late = async (): Promise<never> => {
      await delay(timeoutMs, undefined, { signal: over.signal });
      throw new Error(`no kernel answered the page within ${timeoutMs / 1000} s`);
    };
    try {
      await Promise.race([this.#answering.promise, late()]);
    } finally {
      over.abort();
    }
  }

  async #read(response: Response): Promise<void> {
    const path = new URL(response.url()).pathname;
    if (!STARTING_METHODS.includes(response.request().method()) || !response.ok()) return;
    // A page that is left takes its answers with it.
    const body: unknown = await response.json().catch(() => undefined);
    const session = SESSIONS.test(path) ? sessionSchema.safeParse(body).data?.kernel : undefined;
    const kernel = session ?? (path.endsWith(KERNELS) ? kernelSchema.safeParse(body).data : undefined);
    if (kernel != null) this.#started.add(kernel.id);
  }

  #watchSocket(socket: WebSocket): void {
    if (!CHANNELS.test(new URL(socket.url()).pathname)) return;
    socket.on('framereceived', () => {
      this.#answering.resolve(undefined);
    });
  }
}
