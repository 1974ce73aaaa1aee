import type { HubTimes } from '../../hub/local/hub-times.ts';
import { startKernelSession } from '../../kernel/kernel-session.ts';
import { quietLibraryConsole } from '../../kernel/quiet-console.ts';
import type { ZmqProbe } from '../../record/user-record.ts';
import { monotonicClock, toMicroseconds } from '../../time/clock.ts';
import type { BenchKernel, HubPort, KernelPort, TargetPorts } from './ports.ts';
import { RoundLeftovers } from './leftovers.ts';
import type { HubClient } from '../../hub/client/hub-client.ts';
import { defaultServer, type ServerName } from '../../hub/client/server-name.ts';
import { ServerUrls } from '../../hub/client/server-urls.ts';
import { UserDirectory } from '../../hub/client/user-directory.ts';
import { connectionOf } from '../../kernel/connection-info.ts';
import { probeKernel } from '../../kernel/zmq-probe.ts';

/** The real things behind the ports. */
export interface Connections {
  readonly hub: HubPort;
  /** Why the kernels' own ports can't be asked; absent where they can. */
  readonly portsHidden?: string;
  /** What of the leftovers can't be looked for. */
  readonly unseen?: string;
  /** The users' names, where they are the same in each round. */
  readonly userNames?: readonly string[];
  /** What the spawner keeps about a user's server; an admin may see it. */
  readonly serverState: (user: string) => Promise<unknown>;
  /** Absent where the spawner needs no controller. */
  readonly listSandboxes?: () => Promise<readonly string[]>;
  /** What a local hub measures inside of itself. */
  readonly hubTimes?: Pick<HubTimes, 'loopLag'>;
  /** The embedded controller's own folder, by which its processes are known. */
  readonly dataDir?: string;
}

/** Joins hub, kernels and controller to what a measurement asks for. */
export function connectPorts(connections: Connections): TargetPorts {
  quietLibraryConsole();
  const { hubTimes, userNames } = connections;
  return {
    hub: connections.hub,
    kernels: connectKernels(connections),
    leftovers: new RoundLeftovers(connections),
    clock: monotonicClock,
    ...(userNames !== undefined && { userName: (number) => userNames[number] ?? `user-${number}` }),
    ...(hubTimes !== undefined && { hubLag: (window) => hubTimes.loopLag(window) }),
  };
}

function connectKernels({ portsHidden: reason, serverState }: Connections): KernelPort {
  return {
    start: startKernelSession,
    probe: async (user: string, kernel: BenchKernel): Promise<ZmqProbe> =>
      reason === undefined ? checkZmqPorts(await serverState(user), kernel) : { status: 'skipped', reason },
  };
}

/** Longer than any run's round; tokens of a hub that lives on must not stay valid for ever. */
const TOKEN_LIFETIME_S = 3600;

/** A hub that we may ask for everything. */
export interface OwnHub {
  readonly hub: HubPort;
  /** What the spawner keeps about a user's default server; undefined where none runs. */
  readonly serverState: (user: string) => Promise<unknown>;
}

/** The hub's client as the measurement sees it. Every user gets a token of its own, as in a browser. */
export function connectHub(client: HubClient): OwnHub {
  const users = new UserDirectory(client);
  const urls = new ServerUrls(client);
  const serverOf = (user: string): ServerName => defaultServer(users.nameOf(user));
  const token = { note: 'forkd-spawner bench', expiresInS: TOKEN_LIFETIME_S };
  const hub: HubPort = {
    createUsers: (asked, signal) => users.create(asked, signal),
    createToken: (user, signal) => client.createUserToken(users.nameOf(user), token, signal),
    requestServer: (user, signal) => client.requestServer(serverOf(user), signal),
    serverProgress: (user, signal) => urls.watch(serverOf(user), signal),
    serverUrl: (user) => urls.of(serverOf(user)),
    stopServer: (user, signal) => client.stopServer(serverOf(user), { signal }),
    takeThrottling: (user) => client.takeThrottling(serverOf(user)),
  };
  const serverState = async (user: string): Promise<unknown> =>
    (await client.getUser(users.nameOf(user))).servers?.['']?.state;
  return { hub, serverState };
}

/**
 * Checks that the ports in the spawner's state answer, and that behind them is the very kernel
 * that ran the cell: a kernel started on demand would leave the warm one idle.
 */
async function checkZmqPorts(spawnState: unknown, kernel: BenchKernel): Promise<ZmqProbe> {
  const connection = connectionOf(spawnState);
  if (connection === undefined) {
    return { status: 'failed', cause: "the spawner's state names no kernel connection" };
  }
  const { heartbeatMs, kernelInfoMs, session } = await probeKernel(connection);
  if (session !== kernel.kernelSession()) {
    return {
      status: 'failed',
      cause: 'the forwarded ports belong to another kernel than the one that ran the cell',
    };
  }
  return {
    status: 'answered',
    heartbeatMs: toMicroseconds(heartbeatMs),
    kernelInfoMs: toMicroseconds(kernelInfoMs),
  };
}
