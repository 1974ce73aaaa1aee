import { z } from 'zod';

/**
 * What the spawners keep about a server: `ForkdSpawner` its sandbox and host, JupyterHub's own
 * process spawner the pid.
 */
const stateSchema = z.object({
  sandbox_id: z.string().optional(),
  host: z.string().optional(),
  pid: z.int().positive().optional(),
});

export interface ServerIdentity {
  readonly sandboxId: string | undefined;
  /** Only where it is the sandbox's own: a shared one has listeners of all kinds. */
  readonly address: string | undefined;
  /** Only of JupyterHub's own process spawner. */
  readonly pid: number | undefined;
}

export function serverIdentity(spawnerState: unknown): ServerIdentity {
  const state = stateSchema.safeParse(spawnerState).data;
  return {
    sandboxId: state?.sandbox_id,
    address: state?.host !== undefined && isOwnLoopback(state.host) ? state.host : undefined,
    pid: state?.pid,
  };
}

/** The embedded controller gives each sandbox a loopback address of its own. */
function isOwnLoopback(host: string): boolean {
  return host.startsWith('127.') && host !== '127.0.0.1';
}
