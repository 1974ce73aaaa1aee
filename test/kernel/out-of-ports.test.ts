import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { CAN_MAKE_NAMESPACES } from '../embedded/namespaces-on-host.ts';

const PROGRAM = fileURLToPath(new URL('programs/out-of-ports.ts', import.meta.url));
const TWO_PORTS = 'ip link set lo up && sysctl -qw net.ipv4.ip_local_port_range="40000 40001"';

describe.skipIf(!CAN_MAKE_NAMESPACES)('a machine without a local port left', () => {
  it('is named by fetch and by the WebSocket, in one sentence with what to do', async () => {
    const script = `${TWO_PORTS} && exec "$0" "$1"`;
    const args = ['-n', 'bash', '-c', script, process.execPath, PROGRAM];
    const { stdout } = await promisify(execFile)('unshare', args);

    const reason = 'this machine has no local port left for another connection (EADDRNOTAVAIL)';
    const remedy = 'widen `sysctl net.ipv4.ip_local_port_range`, or let fewer users start at once';
    expect(JSON.parse(stdout)).toEqual({
      fetch: `TypeError: ${reason}: ${remedy}`,
      socket: expect.stringMatching(
        /^the kernel's WebSocket failed: this machine has no local port left .* \(EADDRNOTAVAIL\) \| connect EADDRNOTAVAIL/,
      ),
    });
  });
});
