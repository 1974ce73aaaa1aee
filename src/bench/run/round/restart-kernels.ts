import { toMicroseconds } from '../../../time/clock.ts';
import { messageWithCauses } from '../../../faults/caught-error.ts';
import { untilAborted } from '../../../time/until-aborted.ts';
import type { UserRecord } from '../../../record/user-record.ts';
import type { Launch } from './launch-user.ts';
import type { BenchKernel, RoundPorts } from '../../target/ports.ts';

const RESTART_TIMEOUT_MS = 30_000;

export type KernelRestart = Pick<UserRecord, 'restartMs' | 'restartError'>;

/** Restarts the kernels of all who got through, at once; the cell is run again, and shows the same. */
export async function restartKernels(
  launches: readonly Launch[],
  ports: Pick<RoundPorts, 'clock' | 'signal'>,
): Promise<ReadonlyMap<string, KernelRestart>> {
  const restarts = launches.flatMap(({ user, ended, kernel }) => {
    if (ports.signal.aborted || kernel === undefined || ended.outcome !== 'completed') return [];
    return [restart(kernel, user.expression, ports).then((one) => [user.user, one] as const)];
  });
  return new Map(await Promise.all(restarts));
}

async function restart(
  kernel: BenchKernel,
  { code, expected }: Launch['user']['expression'],
  { clock, signal }: Pick<RoundPorts, 'clock' | 'signal'>,
): Promise<KernelRestart> {
  const startedMs = clock.now();
  const ended = AbortSignal.any([signal, AbortSignal.timeout(RESTART_TIMEOUT_MS)]);
  try {
    const output = await untilAborted(
      kernel.restart().then(() => kernel.execute(code)),
      ended,
    );
    const restartMs = toMicroseconds(clock.now() - startedMs);
    if (output.kind === 'shown' && output.text === expected) return { restartMs };
    const shown = output.kind === 'shown' ? `showed ${output.text}` : `raised ${output.name}`;
    return { restartError: `the cell ${shown} instead of ${expected}` };
  } catch (cause) {
    if (signal.aborted) return {}; // an interruption is no fault of the kernel's
    return { restartError: messageWithCauses(cause) };
  }
}
