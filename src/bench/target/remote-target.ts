import { messageWithCauses } from '../../faults/caught-error.ts';
import { readFile } from 'node:fs/promises';

import { EnvironmentError } from '../../faults/errors.ts';
import { HubClient, type TokenOwner } from '../../hub/client/hub-client.ts';
import { WRONG_ADDRESS } from '../../hub/client/hub-faults.ts';
import { labelOf } from '../../hub/client/server-name.ts';
import { missingServerScopes, missingUserScopes } from '../../hub/client/token-scopes.ts';
import { startKernelSession } from '../../kernel/kernel-session.ts';
import { quietLibraryConsole } from '../../kernel/quiet-console.ts';
import type { RemoteHub } from '../plan/remote-hub.ts';
import type { BackendRecord } from '../../record/run-record.ts';
import { monotonicClock } from '../../time/clock.ts';
import type { BenchTarget } from './bench-target.ts';
import type { KernelPort, TargetPorts } from './ports.ts';
import type { TargetIo } from './run-io.ts';
import { type Lodging, RemoteServers } from './remote-servers.ts';

/**
 * An existing deployment in place of a stack of our own: nothing is started but servers. What stays
 * on the hub against our will is warned of at the end.
 */
export async function openRemoteTarget(
  hub: RemoteHub,
  { onProgress, onWarning, signal }: Pick<TargetIo, 'onProgress' | 'onWarning' | 'signal'>,
): Promise<BenchTarget> {
  const token = await readToken(hub.tokenFile);
  const onThrottled = (waitMs: number): void => {
    onProgress(`the hub asks to come back in ${waitMs / 1000} s `);
  };
  const client = new HubClient({ url: hub.url, token, onThrottled });
  try {
    onProgress(`looking at the hub ${hub.url}`);
    const { version, owner } = await identify(client, signal);
    const lodging = findLodging(hub, owner, token);
    const servers = new RemoteServers(client, lodging);
    return {
      backend: await describe(client, version, signal),
      pythonVersions: { jupyterhub: version },
      ports: portsOf(servers, lodging),
      comparisons: [],
      [Symbol.asyncDispose]: async () => {
        const left = await servers.cleanUp();
        await client.close();
        if (left.length > 0) onWarning(`left on ${hub.url}:\n${left.map((one) => `  ${one}`).join('\n')}`);
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new EnvironmentError(`the token file ${file} cannot be read: ${messageWithCauses(cause)}`, {
      cause,
    });
  });
  if (text.trim() === '') throw new EnvironmentError(`the token file ${file} is empty`);
  return text.trim();
}

async function identify(
  client: HubClient,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly owner: TokenOwner }> {
  const { version } = await client.info(signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new EnvironmentError(`${client.url} doesn't answer as a JupyterHub: ${messageWithCauses(cause)}`, {
      hint: (cause instanceof EnvironmentError ? cause.hint : undefined) ?? WRONG_ADDRESS,
      cause,
    });
  });
  return { version, owner: await client.tokenOwner(signal) };
}

/** Users where the token may start anybody's servers, or was told whose; else named servers of its owner. */
function findLodging({ url, names, namesUsers }: RemoteHub, owner: TokenOwner, token: string): Lodging {
  const missing = missingServerScopes(owner, undefined);
  const ofUsers = missing.length === 0 || namesUsers || owner.kind !== 'user';
  const lacking = ofUsers
    ? [...new Set(names.flatMap((name) => missingServerScopes(owner, name)))]
    : missingServerScopes(owner, owner.name);
  if (lacking.length > 0) {
    const whose = ofUsers ? `users such as ${names[0] ?? ''}` : `its own user ${owner.name}`;
    throw new EnvironmentError(
      `the token of ${owner.kind} ${owner.name} may not measure ${url} with servers of ${whose}; missing scopes: ${lacking.join(', ')}`,
      { hint: 'give a token with a role that has these scopes' },
    );
  }
  if (!ofUsers) return { token, servers: names.map((server) => ({ user: owner.name, server })) };
  const toCreate = missingUserScopes(owner);
  const servers = names.map((user) => ({ user, server: '' }));
  if (toCreate.length === 0) return { token, servers };
  return {
    token,
    servers,
    cannotCreate: `the token may not make users (missing scopes: ${toCreate.join(', ')})`,
  };
}

async function describe(client: HubClient, version: string, signal: AbortSignal): Promise<BackendRecord> {
  const spawner = await client.spawner(signal).catch(() => undefined);
  const what = spawner === undefined ? 'its spawner is not known' : `${spawner.class} ${spawner.version}`;
  return { kind: 'hub', version, isolation: `an existing hub, ${what}` };
}

function portsOf(servers: RemoteServers, { servers: names }: Lodging): TargetPorts {
  quietLibraryConsole();
  return {
    hub: servers.hub(),
    kernels: KERNELS,
    leftovers: servers.leftovers(),
    clock: monotonicClock,
    userName: (number) => {
      const name = names[number];
      if (name === undefined) throw new Error(`there are ${names.length} users, no number ${number}`);
      return labelOf(name);
    },
  };
}

const KERNELS: KernelPort = {
  start: startKernelSession,
  probe: () =>
    Promise.resolve({
      status: 'skipped',
      reason: "an existing hub doesn't say where its kernels' ports are",
    }),
};
