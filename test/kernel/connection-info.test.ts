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

    expect(connectionOf({ sandbox_id: 'sb-1', kernel_connection: connection })).toEqual(connection);
  });

  it.each([[null], [{}], [{ kernel_connection: null }], [{ pid: 3 }]])('finds none in %j', (state) => {
    expect(connectionOf(state)).toBeUndefined();
  });
});
