import { createServer } from 'node:net';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { listeningPorts, parseListening } from '../../../src/bench/target/listening-ports.ts';

describe('parseListening', () => {
  it('decodes addresses and leaves connections out', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid',
      '   0: 0403147F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0',
      '   1: 0100007F:0050 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0',
    ].join('\n');

    expect(parseListening(table)).toEqual(['127.20.3.4:8000']);
  });
});

describe('listeningPorts', () => {
  it('finds a port of its own address while somebody listens on it, and none after', async () => {
    const server = createServer().listen(0, '127.77.66.55');
    await once(server, 'listening');

    await expect(listeningPorts(new Set(['127.77.66.55']))).resolves.toHaveLength(1);

    server.close();
    await once(server, 'close');
    await expect(listeningPorts(new Set(['127.77.66.55']))).resolves.toEqual([]);
  });
});
