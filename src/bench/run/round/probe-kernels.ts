import { messageWithCauses } from '../../../faults/caught-error.ts';
import type { ZmqProbe } from '../../../record/user-record.ts';
import type { Launch } from './launch-user.ts';
import type { RoundPorts } from '../../target/ports.ts';

/** Checks the ZMQ ports of every kernel that has run its cell; takes no part in any timed stage. */
export async function probeKernels(
  launches: readonly Launch[],
  ports: RoundPorts,
): Promise<ReadonlyMap<string, ZmqProbe>> {
  const answered = launches.filter(({ stages }) => stages.cell1Ms !== undefined);
  if (ports.signal.aborted) return new Map();
  const probes = answered.map(async (launch) => [launch.user.user, await probe(launch, ports)] as const);
  return new Map(await Promise.all(probes));
}

async function probe({ user, kernel }: Launch, { kernels, signal }: RoundPorts): Promise<ZmqProbe> {
  if (kernel === undefined) return { status: 'skipped', reason: 'the user has no kernel' };
  try {
    return await kernels.probe(user.user, kernel, signal);
  } catch (cause) {
    return { status: 'failed', cause: messageWithCauses(cause) };
  }
}
