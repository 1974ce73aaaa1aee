import { toMicroseconds } from '../../time/clock.ts';
import { connectionOf } from '../../kernel/connection-info.ts';
import { probeKernel } from '../../kernel/zmq-probe.ts';
import type { ZmqProbe } from '../../record/user-record.ts';
import type { BenchKernel } from './ports.ts';

/**
 * Checks that the ports in the spawner's state answer, and that behind them is the very kernel
 * that ran the cell: a kernel started on demand would leave the warm one idle.
 */
export async function checkZmqPorts(spawnState: unknown, kernel: BenchKernel): Promise<ZmqProbe> {
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
