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

const spawnStateSchema = z.object({ host: z.string(), kernel_connection: connectionInfoSchema });

/**
 * The first kernel's connection in the state of `ForkdSpawner`, as the host reaches it, or undefined
 * where there is none. ref: python/src/forkd_jupyter_spawner/life/state.py
 */
export function connectionOf(spawnState: unknown): ConnectionInfo | undefined {
  const { data } = spawnStateSchema.safeParse(spawnState);
  // The guest knows its own address, which may be one of a network namespace.
  return data && { ...data.kernel_connection, ip: data.host };
}

export function endpoint(connection: ConnectionInfo, port: 'shell_port' | 'hb_port'): string {
  return `tcp://${connection.ip}:${connection[port]}`;
}
