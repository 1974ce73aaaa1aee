import { createHmac } from 'node:crypto';

import { afterEach, describe, expect, it } from 'vitest';
import { Reply, Router } from 'zeromq';

import type { ConnectionInfo } from '../../src/kernel/connection-info.ts';
import { probeKernel } from '../../src/kernel/zmq-probe.ts';

const KEY = 'the key of the connection';
const open: (Reply | Router)[] = [];

interface Behaviour {
  readonly echo?: (beat: string) => string;
  readonly replyType?: string;
  readonly replyKey?: string;
}

afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

/** A stand-in at a kernel's ports that serves one heartbeat and one request. */
async function startPorts(behaviour: Behaviour): Promise<ConnectionInfo> {
  const [heartbeat, shell] = [new Reply({ linger: 0 }), new Router({ linger: 0 })];
  open.push(heartbeat, shell);
  await Promise.all([heartbeat.bind('tcp://127.0.0.1:*'), shell.bind('tcp://127.0.0.1:*')]);
  serve(heartbeat, shell, behaviour).catch(() => undefined);
  return {
    ...{ transport: 'tcp', ip: '127.0.0.1', key: KEY, signature_scheme: 'hmac-sha256' },
    ...{ hb_port: portOf(heartbeat), shell_port: portOf(shell) },
  };
}

async function serve(heartbeat: Reply, shell: Router, behaviour: Behaviour): Promise<void> {
  const { echo = String, replyType = 'kernel_info_reply', replyKey = KEY } = behaviour;
  const [beat] = await heartbeat.receive();
  await heartbeat.send(echo(String(beat)));
  const [identity, , , requestHeader] = await shell.receive();
  const header = JSON.stringify({ msg_type: replyType, session: 's-1' });
  const signed = [header, String(requestHeader), '{}', '{}'];
  const signature = createHmac('sha256', replyKey).update(signed.join('')).digest('hex');
  await shell.send([identity ?? null, '<IDS|MSG>', signature, ...signed]);
}

function portOf(socket: Reply | Router): number {
  return Number(socket.lastEndpoint?.split(':').at(-1));
}

describe('probeKernel', () => {
  it("gives the kernel's session when heartbeat and signed reply are right", async () => {
    await expect(probeKernel(await startPorts({}))).resolves.toMatchObject({ session: 's-1' });
  });

  it('refuses a heartbeat that is no echo', async () => {
    const connection = await startPorts({ echo: () => 'something else' });

    await expect(probeKernel(connection)).rejects.toThrow('is not an echo');
  });

  it('refuses a reply that is signed with another key', async () => {
    const connection = await startPorts({ replyKey: 'another key' });

    await expect(probeKernel(connection)).rejects.toThrow('signature');
  });

  it('refuses a reply of another type', async () => {
    const connection = await startPorts({ replyType: 'execute_reply' });

    await expect(probeKernel(connection)).rejects.toThrow('with execute_reply');
  });
});
