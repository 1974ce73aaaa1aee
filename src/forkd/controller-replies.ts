import { z } from 'zod';

/** `GET /version`; the fields after `api` are the embedded controller's. */
export const versionReply = z.object({
  version: z.string(),
  api: z.string(),
  backend: z.string().optional(),
  isolation: z.string().optional(),
  memory_limits: z.string().optional(),
  instance: z.string().optional(),
});
export type VersionReply = z.infer<typeof versionReply>;

export const snapshotReply = z.object({
  tag: z.string(),
  dir: z.string(),
  created_at_unix: z.number(),
  status: z.string(),
  bootable: z.boolean(),
  warning: z.string().optional(),
});
export type SnapshotReply = z.infer<typeof snapshotReply>;

export const sandboxReply = z.object({
  id: z.string(),
  snapshot_tag: z.string(),
  netns: z.string().nullable(),
  guest_addr: z.string(),
  created_at_unix: z.number(),
  pid: z.int().nullable(),
  memory_limit_mib: z.number().nullable(),
});
export type SandboxReply = z.infer<typeof sandboxReply>;

export const execReply = z.object({ stdout: z.string(), stderr: z.string(), exit_code: z.int() });
export type ExecReply = z.infer<typeof execReply>;

export const evalReply = z.object({
  result: z.string().nullable(),
  error: z.string().nullable(),
  exit_code: z.int(),
});
export type EvalReply = z.infer<typeof evalReply>;

export const healthReply = z.object({ ok: z.literal(true) });

export const pingReply = z.object({ pong: z.literal(true) });

/** What forkd says when it refuses. */
export const errorReply = z.object({ error: z.string() });
