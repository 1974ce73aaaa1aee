import { afterEach, describe, expect, it } from 'vitest';

import { type KernelSession, startKernelSession } from '../../src/kernel/kernel-session.ts';
import { quietLibraryConsole } from '../../src/kernel/quiet-console.ts';
import { type Handshake, type KernelServer, startKernelServer } from '../helpers/kernel-server.ts';

quietLibraryConsole();

const cleanUp: (() => void)[] = [];

afterEach(() => {
  for (const action of cleanUp.splice(0).toReversed()) action();
});

async function start(
  handshake: Handshake,
  signal = new AbortController().signal,
): Promise<{ server: KernelServer; session: KernelSession }> {
  const server = await startKernelServer(handshake);
  cleanUp.push(() => {
    server.close();
  });
  const session = await startKernelSession({ serverUrl: server.url, token: 't' }, signal);
  cleanUp.push(() => {
    session.dispose();
  });
  return { server, session };
}

describe('a kernel session', () => {
  it('asks for one kernel and one WebSocket, as a browser does, and polls nothing', async () => {
    const { server, session } = await start('accept');

    await session.connected();

    expect(session.kernelId).toBe('k-1');
    expect(server.requests).toEqual(['POST /api/kernels', 'upgrade as websocket']);
  });

  it('fails when the kernel is not created', async () => {
    const server = await startKernelServer('accept', 500);
    cleanUp.push(() => {
      server.close();
    });

    const starting = startKernelSession({ serverUrl: server.url, token: 't' }, new AbortController().signal);

    await expect(starting).rejects.toThrow('no kernel for you');
  });

  it('fails when the WebSocket is refused, where the client would go on reconnecting', async () => {
    const { session } = await start('refuse');

    await expect(session.connected()).rejects.toThrow("the kernel's WebSocket failed");
  });

  it('waits for a WebSocket that hangs until its signal aborts', async () => {
    const ending = new AbortController();
    const { session } = await start('hang', ending.signal);
    const connecting = session.connected();

    ending.abort(new Error('time is up'));

    await expect(connecting).rejects.toThrow('time is up');
  });

  it('is not ready while kernel_info is unanswered', async () => {
    const ending = new AbortController();
    const { session } = await start('accept', ending.signal);
    await session.connected();
    const getting = session.ready();

    ending.abort(new Error('time is up'));

    await expect(getting).rejects.toThrow('time is up');
  });

  it('fails when the server closes the WebSocket', async () => {
    const { session } = await start('accept-and-close');
    await session.connected();

    await expect(session.ready()).rejects.toThrow("the kernel's WebSocket was closed with code 1011");
  });
});
