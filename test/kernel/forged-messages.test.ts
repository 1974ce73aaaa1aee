import { createHmac } from 'node:crypto';

import { afterEach, describe, expect, it } from 'vitest';
import { Router } from 'zeromq';

import type { ConnectionInfo } from '../../src/kernel/connection-info.ts';
import { sendForgeries } from '../../src/kernel/forged-messages.ts';

const KEY = 'the key of the connection';
const open: Router[] = [];

afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

const sign = (parts: readonly string[]): string =>
  createHmac('sha256', KEY).update(parts.join('')).digest('hex');

/** A stand-in at a kernel's shell port that answers every message, or signed ones only. */
async function startShell(isCareful: boolean): Promise<ConnectionInfo> {
  const shell = new Router({ linger: 0 });
  open.push(shell);
  await shell.bind('tcp://127.0.0.1:*');
  serve(shell, isCareful).catch(() => undefined);
  const port = Number(shell.lastEndpoint?.split(':').at(-1));
  return {
    ...{ transport: 'tcp', ip: '127.0.0.1', key: KEY, signature_scheme: 'hmac-sha256' },
    ...{ hb_port: port, shell_port: port },
  };
}

async function serve(shell: Router, isCareful: boolean): Promise<void> {
  for await (const [identity, , signature, ...parts] of shell) {
    if (isCareful && String(signature) !== sign(parts.map(String))) continue;
    const header = JSON.stringify({ msg_type: 'kernel_info_reply', session: 's-1' });
    const reply = [header, String(parts[0]), '{}', '{}'];
    await shell.send([identity ?? null, '<IDS|MSG>', sign(reply), ...reply]);
  }
}

describe('forged messages', () => {
  it('are ignored by a kernel that checks signatures', async () => {
    expect(await sendForgeries(await startShell(true))).toEqual({
      sent: ['unsigned', 'signed with another key'],
      answered: [],
    });
  });

  it('are found out, each by its kind, where a kernel answers whoever asks', async () => {
    const { sent, answered } = await sendForgeries(await startShell(false));

    expect(answered).toEqual(sent);
  });
});
