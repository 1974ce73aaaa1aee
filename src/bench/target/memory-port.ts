import { UsageError } from '../../faults/errors.ts';
import { requireMemoryReadings } from '../../process/memory.ts';
import type { Stack } from '../../hub/local/start-stack.ts';
import { childrenOf, descendantsOf, processesOfController } from './host-processes.ts';

/** The processes whose memory is asked for. */
export interface MemoryPort {
  /** The process ids of the users' servers and kernels, as of now. */
  userPids(): Promise<readonly number[]>;
  readonly hubPid: number;
  /** Absent without an embedded controller. */
  readonly controllerPid?: number;
  parentPids(): Promise<readonly number[]>;
}

/** Finds the processes of a stack whose sandboxes are processes of this machine. */
export async function findMemory({ hub, controller }: Stack): Promise<MemoryPort> {
  await requireMemoryReadings();
  const dataDir = controller?.dataDir;
  if (controller !== undefined && dataDir === undefined) {
    throw new UsageError('--memory cannot look into the sandboxes of a controller at a URL', {
      hint: 'leave --controller out: the embedded one runs on this machine',
    });
  }
  const sandboxPids = async (): Promise<readonly number[]> =>
    dataDir === undefined ? [] : (await processesOfController(dataDir)).map(({ pid }) => pid);
  return {
    // JupyterHub's own process spawner has its servers as children of the hub.
    userPids: async () => [...(await sandboxPids()), ...(await descendantsOf(hub.pid))],
    hubPid: hub.pid,
    ...(dataDir !== undefined && { controllerPid: process.pid }),
    parentPids: async () => {
      const ours = new Set(await childrenOf(process.pid));
      return (await sandboxPids()).filter((pid) => ours.has(pid));
    },
  };
}
