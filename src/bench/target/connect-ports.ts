import type { HubTimes } from '../../hub/local/hub-times.ts';
import { startKernelSession } from '../../kernel/kernel-session.ts';
import { quietLibraryConsole } from '../../kernel/quiet-console.ts';
import type { ZmqProbe } from '../../record/user-record.ts';
import { monotonicClock } from '../../time/clock.ts';
import type { BenchKernel, HubPort, KernelPort, TargetPorts } from './ports.ts';
import { RoundLeftovers } from './leftovers.ts';
import { checkZmqPorts } from './zmq-check.ts';

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
