import { readFile } from 'node:fs/promises';

import { messageWithCauses } from '../../faults/caught-error.ts';
import type { Leftover } from '../../record/run-record.ts';
import { type HostProcess, isAlive, processesOfController } from './host-processes.ts';
import type { LeftoversPort } from './ports.ts';
import { type ServerIdentity, serverIdentity } from './sandbox-identity.ts';

export interface LeftoverSources {
  /** The state that the spawner keeps for a user's server; undefined where it runs no more. */
  readonly serverState: (user: string) => Promise<unknown>;
  /** Ids of the controller's sandboxes; absent where the spawner needs no controller. */
  readonly listSandboxes?: () => Promise<readonly string[]>;
  /** The embedded controller's own folder; absent for a controller on another machine or without one. */
  readonly dataDir?: string;
  /** What can't be looked for, and why. */
  readonly unseen?: string;
}

/**
 * Compares what is there after a round with what was there before it. On an embedded controller
 * everything new is ours; on a shared one only the sandboxes that our own hub's state names are.
 */
export class RoundLeftovers implements LeftoversPort {
  readonly unseen?: string;
  readonly #sources: LeftoverSources;
  #processesBefore: ReadonlySet<string> = new Set();
  #sandboxesBefore: ReadonlySet<string> = new Set();
  #servers: readonly ServerIdentity[] = [];

  constructor(sources: LeftoverSources) {
    this.#sources = sources;
    if (sources.unseen !== undefined) this.unseen = sources.unseen;
  }

  async before(): Promise<void> {
    this.#servers = [];
    this.#processesBefore = new Set((await this.#processes()).map(keyOf));
    this.#sandboxesBefore = new Set(await this.#sources.listSandboxes?.());
  }

  async during(users: readonly string[]): Promise<void> {
    const states = await Promise.all(users.map((user) => this.#sources.serverState(user)));
    this.#servers = states.map(serverIdentity);
  }

  async find(): Promise<readonly Leftover[]> {
    try {
      return [
        ...(await this.#leftSandboxes()),
        ...(await this.#leftProcesses()),
        ...(await this.#leftPorts()),
      ];
    } catch (cause) {
      return [{ kind: 'unknown', detail: messageWithCauses(cause) }];
    }
  }

  async #leftSandboxes(): Promise<readonly Leftover[]> {
    const own = new Set(this.#servers.map(({ sandboxId }) => sandboxId));
    const isOurs = (id: string): boolean => own.has(id) || this.#sources.dataDir !== undefined;
    const now = (await this.#sources.listSandboxes?.()) ?? [];
    return now
      .filter((id) => isOurs(id) && !this.#sandboxesBefore.has(id))
      .map((id) => ({ kind: 'sandbox', detail: id }));
  }

  async #leftProcesses(): Promise<readonly Leftover[]> {
    const forked = (await this.#processes()).filter((process) => !this.#processesBefore.has(keyOf(process)));
    const spawned = this.#servers.map(({ pid }) => pid).filter((pid) => pid !== undefined);
    const alive = await Promise.all(spawned.map(async (pid) => ((await isAlive(pid)) ? [pid] : [])));
    return [
      ...forked.map(({ pid, command }): Leftover => ({ kind: 'process', detail: `${pid} (${command})` })),
      ...alive.flat().map((pid): Leftover => ({ kind: 'process', detail: `${pid}` })),
    ];
  }

  async #leftPorts(): Promise<readonly Leftover[]> {
    const addresses = new Set(this.#servers.map(({ address }) => address).filter((one) => one !== undefined));
    return (await listeningPorts(addresses)).map((detail) => ({ kind: 'port', detail }));
  }

  async #processes(): Promise<readonly HostProcess[]> {
    const { dataDir } = this.#sources;
    return dataDir === undefined ? [] : processesOfController(dataDir);
  }
}

function keyOf({ pid, startTime }: HostProcess): string {
  return `${pid} ${startTime}`;
}

/** The state of a socket that listens, in /proc/net/tcp. */
const LISTEN = '0A';

/** `address:port` of every IPv4 socket that listens on one of `addresses`. Empty without /proc. */
export async function listeningPorts(addresses: ReadonlySet<string>): Promise<readonly string[]> {
  const table = await readFile('/proc/net/tcp', 'utf8').catch(() => '');
  return parseListening(table).filter((local) => addresses.has(local.replace(/:\d+$/, '')));
}

/** Reads the kernel's table: ` 0: 0100007F:1F40 00000000:0000 0A …`, addresses in host byte order. */
export function parseListening(table: string): readonly string[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTEN)
    .map(([, local = '']) => decodeAddress(local));
}

function decodeAddress(local: string): string {
  const [address = '', port = ''] = local.split(':');
  const octets = address.match(/../g)?.map((octet) => Number.parseInt(octet, 16)) ?? [];
  return `${octets.toReversed().join('.')}:${Number.parseInt(port, 16)}`;
}
