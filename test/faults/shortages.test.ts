import { connect } from 'node:net';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { describeError } from '../../src/cli/describe-error.ts';
import { EnvironmentError } from '../../src/faults/errors.ts';
import { shortageIn } from '../../src/faults/shortages.ts';

function systemError(code: string, more: object = {}): Error {
  return Object.assign(new Error(`${code}: as the system says it`), { code, ...more });
}

describe('a shortage', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])(
    'is told of %s as the environment, not as a bug in us',
    (code) => {
      const { reason, text } = describeError(systemError(code, { path: '/data/hub.log' }));

      expect(reason).toBe('environment');
      expect(text).toMatch(new RegExp(`^Error: .*\\(${code}\\): /data/hub\\.log\\n {2}.+\\n$`));
    },
  );

  it('is seen below other errors, one of several among them', () => {
    const inner = systemError('EADDRNOTAVAIL', { syscall: 'connect', address: '127.0.0.1' });
    const wrapped = new TypeError('fetch failed', { cause: new AggregateError([new Error('x'), inner]) });

    expect(shortageIn(wrapped)?.sentence).toContain('no local port left');
    expect(
      new EnvironmentError('the hub cannot be reached', { cause: wrapped, hint: 'is it up?' }).hint,
    ).toContain('ip_local_port_range');
  });

  it('of processes is told from a call that has to wait', () => {
    expect(shortageIn(systemError('EAGAIN', { syscall: 'spawn python3' }))?.remedy).toContain('ulimit -u');
    expect(shortageIn(systemError('EAGAIN', { syscall: 'read' }))).toBeUndefined();
  });

  it('is none where an address is not of this machine', async () => {
    // Nobody's address: RFC 3849 keeps it for documentation.
    const foreign = connect({ port: 9, host: '127.0.0.1', localAddress: '192.0.2.1' });
    const [error] = await once(foreign, 'error').catch((cause: unknown) => [cause]);

    expect(error).toMatchObject({ code: 'EADDRNOTAVAIL' });
    expect(
      shortageIn(systemError('EADDRNOTAVAIL', { syscall: 'listen', address: '192.0.2.1' })),
    ).toBeUndefined();
    expect(shortageIn(systemError('EADDRNOTAVAIL', { syscall: 'connect', address: '::1' }))).toBeUndefined();
  });
});
