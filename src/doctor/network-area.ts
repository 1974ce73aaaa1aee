import { once } from 'node:events';
import { connect, createServer } from 'node:net';

import { messageOf } from '../caught-error.ts';
import { type Area, type Check, type Finding, notChecked, notReady, ready } from './check.ts';
import type { Inspection } from './inspection.ts';

const PATIENCE_MS = 5000;

/** Connects and says so, from inside of a guest. */
const DIAL = `
import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()
`;

export const NETWORK_AREA: Area = {
  name: 'network',
  checks: [
    { name: 'sandbox', needs: ['snapshot'], look: unlessForbidden(lookAtSandbox) },
    { name: 'hub → guest', needs: ['sandbox'], look: unlessForbidden(lookFromHub) },
    { name: 'guest → hub', needs: ['sandbox'], look: unlessForbidden(lookFromGuest) },
  ],
};

/** A hub that creates a sandbox at the same moment could be given the same network namespace. */
export function unlessForbidden(look: Check['look']): Check['look'] {
  return (inspection) =>
    inspection.isEmbedded || inspection.options.fork
      ? look(inspection)
      : notChecked('--fork would fork, and delete, a sandbox: not while your hub starts servers');
}

async function lookAtSandbox({ controller, sandbox }: Inspection): Promise<Finding> {
  const { id, guest_addr: address } = await sandbox();
  await (await controller()).ping(id);
  return ready(`forked, and answers at ${address}`);
}

async function lookFromHub({ sandbox }: Inspection): Promise<Finding> {
  const { guest_addr: address } = await sandbox();
  const [host = '', port = ''] = address.split(/:(?=\d+$)/);
  const socket = connect({ host, port: Number(port) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return ready(`${address} can be reached from here`);
  } catch (cause) {
    return notReady(
      `${address} cannot be reached from here: ${reasonOf(cause)}`,
      'run hub and controller where guest addresses are routed; forkd’s namespaces are not bridged yet',
    );
  } finally {
    socket.destroy();
  }
}

async function lookFromGuest(inspection: Inspection): Promise<Finding> {
  const { hub } = inspection.options;
  if (hub !== undefined) return dialFromGuest(inspection, new URL(hub));
  if (!inspection.isEmbedded) return notChecked("give the hub's API address with --hub URL");
  // Local hubs listen on loopback, as this does.
  const listener = createServer((socket) => socket.end());
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    const address = listener.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return await dialFromGuest(inspection, new URL(`http://127.0.0.1:${port ?? 0}`));
  } finally {
    listener.close();
  }
}

async function dialFromGuest(inspection: Inspection, hub: URL): Promise<Finding> {
  const port = hub.port || (hub.protocol === 'https:' ? '443' : '80');
  const args = [await inspection.guestPython(), '-c', DIAL, hub.hostname, port];
  const { exit_code: exitCode, stderr } = await inspection.exec(args);
  const target = `${hub.hostname}:${port}`;
  if (exitCode === 0) return ready(`a guest can reach ${target}`);
  const [reason = `exit code ${exitCode}`] = stderr.trim().split('\n').slice(-1);
  return notReady(
    `a guest cannot reach ${target}: ${reason}`,
    "set c.JupyterHub.hub_connect_url to an address that guests can route to; open the hub's port for them",
  );
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'AbortError') return `no answer in ${PATIENCE_MS / 1000} s`;
  return messageOf(error);
}
