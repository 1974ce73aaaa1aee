import { ControllerClient } from '../forkd/controller-client.ts';
import { EnvironmentError } from '../faults/errors.ts';
import { findUnlistedMachines, type StrayOptions, type UnlistedMachine } from '../forkd/stray-machines.ts';
import { isRoot } from '../process/is-root.ts';
import type { Remnant } from './remnant.ts';

export interface StraysController {
  /** The controller's address, which is on this machine. */
  readonly url: string;
  readonly tokenFile: string | undefined;
}

/** MicroVMs that their controller doesn't know any more, and which hold their network namespaces. */
export async function findStrays(
  { url, tokenFile }: StraysController,
  options: StrayOptions,
): Promise<readonly Remnant[]> {
  if (!isRoot()) {
    throw new EnvironmentError("only root can see and end forkd's microVMs", {
      hint: 'run it again with sudo',
    });
  }
  const client = await ControllerClient.connect(url, tokenFile);
  try {
    await requireForkd(client, url);
    const { unlisted } = await findUnlistedMachines(async () => client.listSandboxes(), options);
    return unlisted.map((machine) => describe(machine, url));
  } finally {
    await client.close();
  }
}

/** What it doesn't list would be every microVM of the forkd beside it. */
async function requireForkd(client: ControllerClient, url: string): Promise<void> {
  const { backend } = await client.version();
  if (backend === undefined) return;
  throw new EnvironmentError(`the controller at ${url} forks processes and has no microVMs`, {
    hint: 'Give the URL of the forkd-controller whose microVMs are looked for.',
  });
}

function describe({ pid, namespace, startTicks, inUse }: UnlistedMachine, url: string): Remnant {
  const found = { kind: 'microVM', pid, namespace, startTicks, sizeMib: 0 } as const;
  return { ...found, reason: `${url} does not list it`, ...(inUse !== undefined && { inUse }) };
}
