import { z } from 'zod';

/** What a parent says (docs/protocols.md §3). */
export const parentEventSchema = z.discriminatedUnion('event', [
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
