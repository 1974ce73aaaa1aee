import { readFile } from 'node:fs/promises';

import { childNamespaces } from '../forkd/child-namespaces.ts';
import { dnatStatus } from '../network/dnat.ts';
import { findUnlistedMachines } from '../forkd/stray-machines.ts';
import { isOnThisMachine } from '../bench/plan/flag-values.ts';
import { isRoot } from '../process/is-root.ts';
import { type Area, type Check, type Finding, notChecked, notReady, ready } from './check.ts';
import type { DoctorOptions, Inspection } from './inspection.ts';

const CGROUP_CONTROLLERS = '/sys/fs/cgroup/cgroup.controllers';

/** What a genuine forkd needs of its host; only a controller on this machine can be looked into. */
export const FORKD_HOST_AREA: Area = {
  name: 'forkd host',
  checks: [
    { name: 'namespaces', look: ifForkdIsHere(lookAtNamespaces) },
    { name: 'outer addresses', needs: ['namespaces'], required: false, look: ifForkdIsHere(lookAtAddresses) },
    { name: 'cgroup v2', required: false, look: ifForkdIsHere(lookAtCgroups) },
    { name: 'microVMs', needs: ['token'], look: ifForkdIsHere(lookForStrays) },
  ],
};

function ifForkdIsHere(look: Check['look']): Check['look'] {
  return async (inspection) => {
    if (!isOnThisMachine(inspection.options.controller)) {
      return notChecked('the controller is on another machine');
    }
    if (await inspection.forksProcesses()) return notChecked('the controller forks processes, not microVMs');
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

/** Only `network = 'dnat'` needs them: a forwarder does without. */
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
  return judgeCgroups(controllers, handedDown);
}

/** What forkd asks for all at once, for each microVM with a limit: one that is missing fails the others. */
const FORKDS_CONTROLLERS = ['memory', 'cpu', 'io', 'pids'];

/** Judges which controllers the root of cgroup v2 has, and which it hands down. */
export function judgeCgroups(controllers: string, handedDown: string): Finding {
  if (!controllers.split(/\s/).includes('memory')) {
    return notReady(
      'there is no memory controller of cgroup v2: forkd accepts mem_limit and does not enforce it',
      'boot with systemd.unified_cgroup_hierarchy=1',
    );
  }
  const missing = FORKDS_CONTROLLERS.filter((name) => !handedDown.split(/\s/).includes(name));
  if (missing.length === 0) return ready(`${FORKDS_CONTROLLERS.join(', ')} are handed down`);
  return notReady(
    `not handed down: ${missing.join(', ')}; forkd accepts mem_limit and does not enforce it`,
    `the drop-in of docs/forkd-host.md; without systemd: echo '${missing.map((name) => `+${name}`).join(' ')}' | sudo tee /sys/fs/cgroup/cgroup.subtree_control`,
  );
}

async function lookForStrays({ controller, options }: Inspection): Promise<Finding> {
  const client = await controller();
  const found = await findUnlistedMachines(async () => client.listSandboxes(), options);
  return tellOfStrays(found, options);
}

/** What the controller doesn't list, though somebody needs it, is told and forbids nothing. */
export function tellOfStrays(
  { running, unlisted }: Awaited<ReturnType<typeof findUnlistedMachines>>,
  { controller, tokenFile }: Pick<DoctorOptions, 'controller' | 'tokenFile'>,
): Finding {
  const strays = unlisted.filter(({ inUse }) => inUse === undefined);
  if (strays.length > 0) {
    const named = strays.map(({ pid, namespace }) => `${pid} in ${namespace}`).join(', ');
    const flags = `--controller ${controller}${tokenFile === undefined ? '' : ` --token-file ${tokenFile}`}`;
    return notReady(
      `microVMs that the controller doesn't list hold their namespaces: ${named}`,
      `sudo forkd-spawner clean ${flags}`,
    );
  }
  const others = unlisted.map(({ pid, namespace, inUse = '' }) => `${pid} in ${namespace} (${inUse})`);
  return ready(
    others.length === 0
      ? `${running} run, all of them listed`
      : `${running} run; not listed: ${others.join(', ')}`,
  );
}
