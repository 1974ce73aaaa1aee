import { z } from 'zod';

const rowSchema = z.object({
  area: z.string(),
  name: z.string(),
  status: z.enum(['ready', 'not ready', 'not checked']),
  /** What is there; or why it was not looked at. */
  found: z.string(),
  /** What makes it ready; absent where it is. */
  mend: z.string().optional(),
  /** Whether runs are impossible without it. */
  required: z.boolean(),
});

/** The document behind `doctor --json`. */
export const readinessSchema = z.object({
  schemaVersion: z.literal(1),
  /** Whether everything that is required is. */
  ready: z.boolean(),
  rows: z.array(rowSchema),
});

export type ReadinessRow = Readonly<z.infer<typeof rowSchema>>;
export type Readiness = Readonly<z.infer<typeof readinessSchema>>;
