import { z } from 'zod';

export const leftoverSchema = z.object({
  kind: z.enum(['sandbox', 'process', 'port', 'server', 'unknown']),
  detail: z.string(),
});

const installationSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('installed'),
    python: z.string(),
    jupyterhub: z.string(),
    /** What the entry point `forkd` of `jupyterhub.spawners` loads. */
    spawner: z.string(),
  }),
  z.object({ status: z.literal('failed'), cause: z.string() }),
]);

const forgerySchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('ignored'), kinds: z.array(z.string()) }),
  z.object({ status: z.literal('answered'), kinds: z.array(z.string()) }),
  z.object({ status: z.literal('failed'), cause: z.string() }),
]);

/** What was found of one user's server while all of them ran. */
const examinedUserSchema = z.object({
  user: z.string(),
  /** Why the examination ended early; what it got to is there all the same. */
  error: z.string().optional(),
  sandboxId: z.string().optional(),
  /** The controller's own word for what the sandbox was forked from. */
  snapshotTag: z.string().optional(),
  forgery: forgerySchema.optional(),
  /** Digests of what no two users may share, by name: never the values. */
  marks: z.record(z.string(), z.string()).optional(),
  /** The same sandbox and the same kernel, before the hub was killed and after it came back. */
  restart: z
    .object({
      sandboxIdAfter: z.string().optional(),
      expected: z.string(),
      actual: z.string().nullable(),
      error: z.string().optional(),
    })
    .optional(),
});

/** What `accept` examines besides the rounds; a part that it didn't get to is absent. */
export const acceptanceSchema = z.object({
  installation: installationSchema.optional(),
  /** All that the hub was told of its spawner. */
  configuration: z.array(z.string()).optional(),
  /** The tag that was asked for. */
  snapshotTag: z.string().optional(),
  users: z.array(examinedUserSchema).optional(),
  leftovers: z.array(leftoverSchema).optional(),
});

export type Installation = Readonly<z.infer<typeof installationSchema>>;
export type Forgery = Readonly<z.infer<typeof forgerySchema>>;
export type ExaminedUser = Readonly<z.infer<typeof examinedUserSchema>>;
export type AcceptanceRecord = Readonly<z.infer<typeof acceptanceSchema>>;
