import type { Duplex } from 'node:stream';
import { createInterface } from 'node:readline';

import { z } from 'zod';

import { messageOf } from '../../faults/caught-error.ts';

/** What a parent says (docs/protocols.md §3). */
const parentEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('warming'), step: z.string(), elapsed_ms: z.number() }),
  z.object({
    event: z.literal('ready'),
    pid: z.int(),
    warm_ms: z.number(),
    versions: z.record(z.string(), z.string()),
    memory_bytes: z.number(),
  }),
  z.object({ event: z.literal('failed'), error: z.string(), traceback: z.string() }),
  z.object({
    event: z.literal('forked'),
    request: z.int(),
    sandboxes: z.array(z.object({ id: z.string(), pid: z.int().nullable(), error: z.string().nullable() })),
  }),
  z.object({
    event: z.literal('exited'),
    id: z.string(),
    pid: z.int(),
    exit_code: z.int().nullable(),
    signal: z.int().nullable(),
  }),
  z.object({ event: z.literal('killed'), id: z.string() }),
]);

export type ParentEvent = z.infer<typeof parentEventSchema>;
export type ReadyEvent = Extract<ParentEvent, { event: 'ready' }>;
type ForkedEvent = Extract<ParentEvent, { event: 'forked' }>;
export type ForkedSandbox = ForkedEvent['sandboxes'][number];
export type ExitedEvent = Extract<ParentEvent, { event: 'exited' }>;

export interface WantedSandbox {
  readonly id: string;
  readonly address: string;
  readonly dir: string;
  readonly cgroup_procs: readonly string[];
  readonly namespace: { readonly file: string; readonly agent_socket: string } | null;
}

/** What a parent is told. */
export type ParentRequest =
  | { readonly op: 'fork'; readonly request: number; readonly sandboxes: readonly WantedSandbox[] }
  | { readonly op: 'kill'; readonly id: string };

/** One JSON object a line, both ways, between the controller and a parent. */
export class ControlChannel {
  readonly #stream: Duplex;

  constructor(stream: Duplex, onEvent: (event: ParentEvent) => void, log: (line: string) => void) {
    this.#stream = stream;
    createInterface({ input: stream }).on('line', (line) => {
      const event = parseEvent(line);
      if (typeof event === 'string') log(`warning: a parent said something unknown: ${event}`);
      else onEvent(event);
    });
    // A parent that is gone breaks the pipe; what matters is that it ended, which is noticed there.
    stream.on('error', (error) => {
      log(`control channel: ${error.message}`);
    });
  }

  send(request: ParentRequest): void {
    this.#stream.write(`${JSON.stringify(request)}\n`);
  }

  /** Tells the parent that nobody will ask again: it ends its sandboxes and itself. */
  close(): void {
    this.#stream.end();
  }
}

function parseEvent(line: string): ParentEvent | string {
  try {
    return parentEventSchema.parse(JSON.parse(line));
  } catch (error) {
    return `${line.slice(0, 200)} (${messageOf(error)})`;
  }
}
