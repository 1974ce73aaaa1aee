import { messageOf } from '../../faults/caught-error.ts';
import type { HubClient } from '../../hub/client/hub-client.ts';
import { connectKernelSession, startKernelSession } from '../../kernel/kernel-session.ts';
import { monotonicClock } from '../../time/clock.ts';
import { connectHub, type Connections } from './connect-ports.ts';
import type { BenchKernel, HubPort, TargetPorts } from './ports.ts';
import { RoundLeftovers } from './leftovers.ts';
import { untilReady } from './until-ready.ts';

/** How long server, kernel and a first cell may take, all of it untimed. */
const PREPARATION_TIMEOUT_MS = 120_000;

/**
 * The servers of a floor's users: started once, with a kernel that has run a cell, and left running
 * by a hub whose spawner only says where they are.
 */
export class FloorServers {
  readonly #client: HubClient;
  readonly #hub: HubPort;
  /** The kernel of each server, by the server's address. */
  readonly #kernelIds = new Map<string, string>();
  readonly #users = new Set<string>();

  constructor(client: HubClient) {
    this.#client = client;
    this.#hub = connectHub(client).hub;
  }

  ports(sources: Pick<Connections, 'listSandboxes' | 'dataDir'>): TargetPorts {
    const reason = 'they belong to kernels that ran before';
    return {
      hub: { ...this.#hub, createUsers: (users, signal) => this.#prepare(users, signal) },
      kernels: {
        start: (target, signal) =>
          connectKernelSession(target, this.#kernelIds.get(target.serverUrl) ?? '', signal),
        probe: () => Promise.resolve({ status: 'skipped', reason }),
      },
      // The servers stay on purpose: only what is new after a round is left behind.
      leftovers: new RoundLeftovers({ ...sources, serverState: () => Promise.resolve(undefined) }),
      clock: monotonicClock,
      userName: (number) => `bench-floor-u${number + 1}`,
    };
  }

  /** Deletes the users, and with them their servers. */
  async stop(): Promise<void> {
    const deletions = [...this.#users].map((user) => this.#client.deleteUser(user));
    await Promise.allSettled(deletions);
  }

  async #prepare(users: readonly string[], signal: AbortSignal): Promise<void> {
    const fresh = users.filter((user) => !this.#users.has(user));
    if (fresh.length === 0) return;
    await this.#hub.createUsers(fresh, signal);
    for (const user of fresh) this.#users.add(user);
    const ended = AbortSignal.any([signal, AbortSignal.timeout(PREPARATION_TIMEOUT_MS)]);
    await Promise.all(fresh.map((user) => this.#prepareOne(user, ended)));
  }

  async #prepareOne(user: string, signal: AbortSignal): Promise<void> {
    await this.#hub.requestServer(user, signal);
    await untilReady(this.#hub.serverProgress(user, signal)).catch((cause: unknown) => {
      throw new Error(`the floor's server of ${user}: ${messageOf(cause)}`, { cause });
    });
    const serverUrl = this.#hub.serverUrl(user);
    const token = await this.#hub.createToken(user, signal);
    const kernel = await startKernelSession({ serverUrl, token }, signal);
    this.#kernelIds.set(serverUrl, kernel.kernelId);
    await runFirstCell(kernel);
    await this.#hub.stopServer(user, signal);
  }
}

async function runFirstCell(kernel: BenchKernel): Promise<void> {
  await kernel.connected();
  await kernel.ready();
  await kernel.execute('import numpy; numpy.arange(3).sum()');
  kernel.dispose();
}
