import { once } from 'node:events';
import { connect, createServer } from 'node:net';

import { messageOf } from '../faults/caught-error.ts';
import { GUEST_ADDRESS } from '../forkd/forkd-layout.ts';
import { isRoot } from '../process/is-root.ts';
import { type Area, type Check, type Finding, notChecked, notReady, ready } from './check.ts';
import type { Inspection } from './inspection.ts';

const PATIENCE_MS = 5000;
const NOT_ROOT = notChecked('only root can look into namespaces: sudo');

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

/** A sandbox takes a place of the users', and a hub elsewhere shares no lock with its creation. */
export function unlessForbidden(look: Check['look']): Check['look'] {
  return (inspection) =>
    inspection.isEmbedded || inspection.options.fork
      ? look(inspection)
      : notChecked('--fork would fork, and delete, a sandbox');
}

async function lookAtSandbox({ controller, sandbox }: Inspection): Promise<Finding> {
  const { id, guest_addr: address } = await sandbox();
  await (await controller()).ping(id);
  return ready(`forked, and answers at ${address}`);
}

async function lookFromHub(inspection: Inspection): Promise<Finding> {
  const { guest_addr: address, netns } = await inspection.sandbox();
  const [host = '', port = ''] = address.split(/:(?=\d+$)/);
  if (!isNamespaced(host) || netns === null) {
    return dialFromHere(
      { host, port: Number(port) },
      address,
      'run hub and controller where guest addresses are routed',
    );
  }
  if (!isRoot()) return NOT_ROOT;
  // Nothing listens there: the guest's way to the hub is another check.
  const way = await inspection.openWay({ host: '127.0.0.1', port: 9 });
  const found = `${address} in ${netns}, through a forwarder,`;
  return dialFromHere(
    { host: way.host, port: Number(port) },
    found,
    'look at the log of the microVM (docs/forkd-network.md)',
  );
}

async function dialFromHere(
  target: { readonly host: string; readonly port: number },
  name: string,
  mend: string,
): Promise<Finding> {
  const socket = connect(target);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return ready(`${name} can be reached from here`);
  } catch (cause) {
    return notReady(`${name} cannot be reached from here: ${reasonOf(cause)}`, mend);
  } finally {
    socket.destroy();
  }
}

function isNamespaced(host: string): boolean {
  return host === GUEST_ADDRESS;
}

/** Through a forwarder where the guest is in a namespace; the hub's address as the hub has it where it isn't. */
async function lookFromGuest(inspection: Inspection): Promise<Finding> {
  const { hub } = inspection.options;
  const { guest_addr: address, netns } = await inspection.sandbox();
  const throughForwarder = isNamespaced(address.split(':')[0] ?? '') && netns !== null;
  if (throughForwarder && !isRoot()) return NOT_ROOT;
  if (hub !== undefined) return dialFromGuest(inspection, new URL(hub), throughForwarder);
  if (!inspection.isEmbedded && !throughForwarder) {
    return notChecked("give the hub's API address with --hub URL");
  }
  // Local hubs listen on loopback, as this does.
  const listener = createServer((socket) => socket.end());
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    const address = listener.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return await dialFromGuest(inspection, new URL(`http://127.0.0.1:${port ?? 0}`), throughForwarder);
  } finally {
    listener.close();
  }
}

async function dialFromGuest(inspection: Inspection, hub: URL, throughForwarder: boolean): Promise<Finding> {
  const port = hub.port || (hub.protocol === 'https:' ? '443' : '80');
  const direct = `${hub.hostname}:${port}`;
  const dialled = throughForwarder
    ? (await inspection.openWay({ host: hub.hostname, port: Number(port) })).gateway
    : direct;
  const args = [await inspection.guestPython(), '-c', DIAL, ...dialled.split(/:(?=\d+$)/)];
  const { exit_code: exitCode, stderr } = await inspection.exec(args);
  const target = throughForwarder ? `${direct} through a forwarder` : direct;
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
