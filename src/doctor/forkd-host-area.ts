import { readdir, readFile, readlink } from 'node:fs/promises';

import { childNamespaces, namespacesByIdentity } from '../netns/child-namespaces.ts';
import { dnatStatus } from '../netns/dnat.ts';
import { isRoot } from '../process/is-root.ts';
import { type Area, type Check, type Finding, notChecked, notReady, ready } from './check.ts';
import { isOnThisMachine } from './host-area.ts';
import type { Inspection } from './inspection.ts';

const CGROUP_CONTROLLERS = '/sys/fs/cgroup/cgroup.controllers';

/** What a genuine forkd needs of its host; only a controller on this machine can be looked into. */
export const FORKD_HOST_AREA: Area = {
  name: 'forkd host',
  checks: [
    { name: 'namespaces', look: ifHere(lookAtNamespaces) },
    { name: 'outer addresses', needs: ['namespaces'], required: false, look: ifHere(lookAtAddresses) },
    { name: 'cgroup v2', required: false, look: ifHere(lookAtCgroups) },
    { name: 'microVMs', needs: ['token'], look: ifHere(lookForStrays) },
  ],
};

function ifHere(look: Check['look']): Check['look'] {
  return (inspection) => {
    if (!isOnThisMachine(inspection.options.controller))
      return notChecked('the controller is on another machine');
    return look(inspection);
  };
}

async function lookAtNamespaces(): Promise<Finding> {
  const namespaces = await childNamespaces();
  if (namespaces.length > 0) {
    return ready(`${namespaces.length}, as many microVMs at once: ${namespaces[0] ?? ''} …`);
  }
  return notReady(
    'there is no network namespace forkd-child-*',
    "sudo forkd's scripts/netns-setup.sh 32 (as many as users at once)",
  );
}

/** For `network = 'dnat'` only: a forwarder needs none. */
async function lookAtAddresses(): Promise<Finding> {
  if (!isRoot()) return notChecked('only root can look into namespaces: sudo');
  const without = (await dnatStatus()).filter(({ address }) => address === null);
  if (without.length === 0) return ready('each namespace has one (network up makes rules for dnat)');
  const names = without.map(({ namespace }) => namespace).join(', ');
  return notReady(`nothing leads from the host into ${names}`, "sudo forkd's scripts/netns-setup.sh");
}

async function lookAtCgroups(): Promise<Finding> {
  const controllers = await readFile(CGROUP_CONTROLLERS, 'utf8').catch(() => '');
  const handedDown = await readFile('/sys/fs/cgroup/cgroup.subtree_control', 'utf8').catch(() => '');
  if (!controllers.split(/\s/).includes('memory')) {
    return notReady(
      'there is no memory controller of cgroup v2: forkd accepts mem_limit and does not enforce it',
      'boot with systemd.unified_cgroup_hierarchy=1',
    );
  }
  if (handedDown.split(/\s/).includes('memory')) return ready('forkd can enforce mem_limit');
  return notReady(
    'the memory controller is not handed down: forkd accepts mem_limit and does not enforce it',
    'echo +memory | sudo tee /sys/fs/cgroup/cgroup.subtree_control',
  );
}

/**
 * Those of a controller that was killed: after its restart, forkd 0.5 answers 204 to their deletion
 * and lets them run, and nothing else can be started in their namespaces.
 */
async function lookForStrays({ controller }: Inspection): Promise<Finding> {
  const rows = await (await controller()).listSandboxes();
  const listed = new Set(rows.map(({ pid }) => pid));
  const machines = await firecrackersInNamespaces();
  const strays = machines.filter(({ pid }) => !listed.has(pid));
  if (strays.length === 0) return ready(`${machines.length} run, all of them listed`);
  const named = strays.map(({ pid, namespace }) => `${pid} in ${namespace}`).join(', ');
  return notReady(
    `microVMs that the controller doesn't list hold their namespaces: ${named}`,
    `sudo kill -9 ${strays.map(({ pid }) => pid).join(' ')}`,
  );
}

interface RunningMachine {
  readonly pid: number;
  readonly namespace: string;
}

/** Without root, other users' processes can't be seen to be in one. */
async function firecrackersInNamespaces(): Promise<readonly RunningMachine[]> {
  const namespaces = await namespacesByIdentity();
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const machines = await Promise.all(pids.map(async (pid) => machineOf(pid, namespaces)));
  return machines.filter((machine) => machine !== undefined);
}

async function machineOf(
  pid: number,
  namespaces: ReadonlyMap<string, string>,
): Promise<RunningMachine | undefined> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  if (name.trim() !== 'firecracker') return undefined;
  const namespace = namespaces.get(await readlink(`/proc/${pid}/ns/net`).catch(() => ''));
  return namespace === undefined ? undefined : { pid, namespace };
}
