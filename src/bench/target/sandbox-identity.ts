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
  /** The sandbox's address, where no other has it: on a shared one all kinds of programs listen. */
  readonly address: string | undefined;
  /** The server's process, which only JupyterHub's own process spawner names. */
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
