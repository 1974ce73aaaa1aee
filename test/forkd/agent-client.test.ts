import { createServer, type Server, type Socket } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { askAgent } from '../../src/forkd/agent-client.ts';
import { listen } from '../helpers/listen.ts';
import { pourInto } from '../helpers/pour-into.ts';

const PATIENT = { connectMs: 60_000, replyMs: 60_000 };

let server: Server | undefined;
afterEach(() => server?.close());

/** An agent that says what the function says. */
async function agent(answer: (socket: Socket) => void): Promise<{ readonly address: string }> {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  });
  return { address: `127.0.0.1:${await listen(server)}` };
}

describe('a question to an agent', () => {
  it('is answered with one line', async () => {
    const place = await agent((socket) => socket.end('{"result": "2"}\n'));

    expect(await askAgent(place, { action: 'eval', code: '1 + 1' }, PATIENT)).toEqual({ result: '2' });
  });

  it('fails when the answer goes on and on', async () => {
    let isHungUp = false;
    const place = await agent((socket) => {
      socket.once('close', () => {
        isHungUp = true;
      });
      pourInto(socket);
    });

    await expect(askAgent(place, { action: 'ping' }, PATIENT)).rejects.toThrow(
      'read response: the answer is longer than 32 MiB',
    );
    await expect.poll(() => isHungUp, { timeout: 20_000 }).toBe(true);
  });
});
