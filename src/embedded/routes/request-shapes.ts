import { z } from 'zod';

// The error messages are what serde calls the expected type: see serde/explain-mismatch.ts.
const text = z.string('a string');
const flag = z.boolean('a boolean').default(false);
const usize = z.int('usize').min(0, 'usize');
const u64 = z.int('u64').min(0, 'u64');

/** `POST /v1/snapshots` as forkd knows it. */
export const createSnapshotShape = {
  name: 'CreateSnapshotRequest',
  schema: z.object({
    tag: text,
    kernel: text,
    rootfs: text,
    rw: flag,
    tap: text.nullable().default(null),
    boot_wait_secs: u64.default(10),
  }),
};

/** `POST /v1/snapshots` as the embedded controller adds it: warm this Python environment. */
export const warmPythonShape = {
  name: 'CreateSnapshotRequest',
  schema: z.object({ tag: text, python: text }),
};

/** `prewarm` and `hugepages` are accepted and without effect: a process has no memory file to fault in. */
export const createSandboxShape = {
  name: 'CreateSandboxRequest',
  schema: z.object({
    snapshot_tag: text,
    n: usize.default(1),
    per_child_netns: flag,
    memory_limit_mib: u64.nullable().default(null),
    prewarm: flag,
    live_fork: flag,
    hugepages: flag,
  }),
};

export const execShape = {
  name: 'ExecRequest',
  schema: z.object({ args: z.array(text, 'a sequence'), timeout_secs: u64.default(30) }),
};

export const evalShape = { name: 'EvalRequest', schema: z.object({ code: text }) };

/** Its fields make no difference here; its form does. */
export const branchShape = { name: 'BranchSandboxRequest', schema: z.object({}) };

/** What may be part of a path: forkd's own rule and words. */
export function isSafeTag(tag: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(tag);
}
