import { z } from 'zod';

/** What a spawner's state says about where a server lives; every spawner has its own keys. */
const stateSchema = z.object({
  sandbox_id: z.string().optional(),
  guest_addr: z.string().optional(),
  pid: z.int().positive().optional(),
});

export interface ServerIdentity {
  readonly sandboxId: string | undefined;
  /** Without the port. */
  readonly address: string | undefined;
  /** Only of JupyterHub's own process spawner. */
  readonly pid: number | undefined;
}

export function serverIdentity(spawnerState: unknown): ServerIdentity {
  const state = stateSchema.safeParse(spawnerState).data;
  return {
    sandboxId: state?.sandbox_id,
    address: state?.guest_addr?.replace(/:\d+$/, ''),
    pid: state?.pid,
  };
}
