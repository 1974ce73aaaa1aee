import { describe, expect, it } from 'vitest';

import { connectionOf } from '../../src/kernel/connection-info.ts';

describe('connectionOf', () => {
  it("finds the first kernel's connection in a spawner's state", () => {
    const connection = {
      transport: 'tcp',
      ip: '127.20.3.4',
      shell_port: 9001,
      hb_port: 9005,
      key: 'k',
      signature_scheme: 'hmac-sha256',
    };

    const state = { sandbox_id: 'sb-1', host: '127.44.0.3', kernel_connection: connection };

    expect(connectionOf(state)).toEqual({ ...connection, ip: '127.44.0.3' });
  });

  it.each([[null], [{}], [{ kernel_connection: null }], [{ pid: 3 }]])('finds none in %j', (state) => {
    expect(connectionOf(state)).toBeUndefined();
  });
});
