import { once } from 'node:events';
import { type Server, createServer } from 'node:net';

import { messageOf } from '../faults/caught-error.ts';
import { EnvironmentError } from '../faults/errors.ts';

/** Ports of 127.0.0.1 that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  // Held together until all are known, so that none comes twice.
  const servers = await Promise.all(Array.from({ length: count }, async () => listen(0)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}

/** Throws when somebody listens on this port already. */
export async function requireFreePort(port: number): Promise<void> {
  try {
    await close(await listen(port));
  } catch (cause) {
    throw new EnvironmentError(`port ${port} of 127.0.0.1 cannot be used: ${messageOf(cause)}`, {
      hint: 'choose another one with --port',
      cause,
    });
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('a listening TCP server has a port');
  }
  return address.port;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
