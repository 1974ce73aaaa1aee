import { z } from 'zod';

const portSchema = z.int().min(1).max(65_535);

/** A kernel's connection file, as the guest hands it to the spawner (docs/protocols.md §2). */
const connectionInfoSchema = z.object({
  transport: z.literal('tcp'),
  ip: z.string(),
  shell_port: portSchema,
  hb_port: portSchema,
  key: z.string().min(1),
  signature_scheme: z.literal('hmac-sha256'),
});

export type ConnectionInfo = Readonly<z.infer<typeof connectionInfoSchema>>;

const spawnStateSchema = z.object({ kernel_connection: connectionInfoSchema });

/**
 * The first kernel's connection in the state of `ForkdSpawner`, or undefined where there is none.
 * ref: python/src/forkd_jupyter_spawner/state.py
 */
export function connectionOf(spawnState: unknown): ConnectionInfo | undefined {
  return spawnStateSchema.safeParse(spawnState).data?.kernel_connection;
}

export function endpoint(connection: ConnectionInfo, port: 'shell_port' | 'hb_port'): string {
  return `tcp://${connection.ip}:${connection[port]}`;
}
