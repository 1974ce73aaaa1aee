import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { z } from 'zod';

import { messageOf } from '../faults/caught-error.ts';
import { AGENT_PORT } from '../forkd/agent-client.ts';
import { EnvironmentError } from '../faults/errors.ts';
import type { NamespaceStatus } from './namespace-status.ts';
import { isRoot } from '../process/is-root.ts';
import { childNamespaces } from '../forkd/child-namespaces.ts';
import { GUEST_ADDRESS, HOST_ADDRESS, TAP } from '../forkd/forkd-layout.ts';

const execFileAsync = promisify(execFile);

/** forkd's, in every namespace: its end of the way to the host. */
const OUTER_LINK = 'veth0';

/** Ours alone, which is why it can be removed without looking at what is in it. */
const TABLE = 'ip forkd_spawner';

/**
 * One transaction; made anew each time, so that it can be asked for again. Only the host is let in:
 * whatever else comes over forkd's bridge comes from other guests, whose source addresses are made
 * sure of on their way out. And nobody needs the agent, which obeys whoever reaches it: forkd asks it
 * from inside the namespace.
 */
const UP = `
table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
  chain in {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "${OUTER_LINK}" ip saddr ${HOST_ADDRESS} fib daddr type local tcp dport != ${AGENT_PORT} dnat to ${GUEST_ADDRESS}
  }
  chain out {
    type filter hook forward priority filter; policy accept;
    iifname "${TAP}" ip saddr != ${GUEST_ADDRESS} drop
  }
}`;
const DOWN = `
table ${TABLE}
delete table ${TABLE}`;

/** Has every namespace of forkd's hand TCP connections from the host on to its guest. */
export async function dnatUp(): Promise<readonly NamespaceStatus[]> {
  return inEachNamespace(async (namespace) => {
    await inNamespace(namespace, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
    await inNamespace(namespace, 'nft', UP);
  });
}

/** Removes what `dnatUp` has made, and nothing else. */
export async function dnatDown(): Promise<readonly NamespaceStatus[]> {
  return inEachNamespace(async (namespace) => {
    await inNamespace(namespace, 'nft', DOWN);
  });
}

export async function dnatStatus(): Promise<readonly NamespaceStatus[]> {
  return inEachNamespace(() => Promise.resolve());
}

async function inEachNamespace(
  act: (namespace: string) => Promise<void>,
): Promise<readonly NamespaceStatus[]> {
  if (!isRoot()) {
    throw new EnvironmentError('network namespaces can be entered by root only', {
      hint: 'run it again with sudo',
    });
  }
  const namespaces = await childNamespaces();
  if (namespaces.length === 0) {
    throw new EnvironmentError('this host has no network namespace forkd-child-*', {
      hint: "make them with forkd's scripts/netns-setup.sh (docs/forkd-network.md)",
    });
  }
  const statuses: NamespaceStatus[] = [];
  for (const namespace of namespaces) {
    await act(namespace);
    statuses.push(await lookAt(namespace));
  }
  return statuses;
}

async function lookAt(namespace: string): Promise<NamespaceStatus> {
  const address = await outerAddress(namespace);
  const hasRules = await succeeds(namespace, 'nft', 'list', 'table', ...TABLE.split(' '));
  const forwards = (await inNamespace(namespace, 'sysctl', '-n', 'net.ipv4.ip_forward')).trim() === '1';
  return { namespace, address, hasRules, forwards };
}

const addressesSchema = z.array(z.object({ addr_info: z.array(z.object({ local: z.string() })).optional() }));

async function outerAddress(namespace: string): Promise<string | null> {
  const shown = await inNamespace(namespace, 'ip', '-j', '-4', 'address', 'show', 'dev', OUTER_LINK).catch(
    () => '[]',
  );
  const links = addressesSchema.parse(JSON.parse(shown));
  return links.flatMap(({ addr_info: infos = [] }) => infos.map(({ local }) => local)).at(0) ?? null;
}

async function succeeds(namespace: string, ...command: readonly string[]): Promise<boolean> {
  return inNamespace(namespace, ...command).then(
    () => true,
    () => false,
  );
}

async function inNamespace(namespace: string, ...command: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execFileAsync('ip', ['netns', 'exec', namespace, ...command]);
    return stdout;
  } catch (cause) {
    throw new EnvironmentError(`${command[0] ?? ''} failed in ${namespace}: ${messageOf(cause).trim()}`, {
      hint: 'apt-get install iproute2 nftables procps',
      cause,
    });
  }
}
