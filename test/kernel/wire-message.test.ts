import { createHmac } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { readSignedReply, signedRequest } from '../../src/kernel/wire-message.ts';

const HEADER = '{"msg_type":"kernel_info_reply","session":"s-1"}';
const PARENT = '{"msg_id":"m-1"}';

function reply(key: string): Buffer[] {
  const signed = [HEADER, PARENT, '{}', '{"status":"ok"}'];
  const signature = createHmac('sha256', key).update(signed.join('')).digest('hex');
  return ['identity', '<IDS|MSG>', signature, ...signed].map((frame) => Buffer.from(frame));
}

describe('readSignedReply', () => {
  it('reads a reply whose signature is right', () => {
    expect(readSignedReply(reply('secret'), 'secret')).toEqual({
      messageType: 'kernel_info_reply',
      session: 's-1',
      parentId: 'm-1',
    });
  });

  it('refuses a reply that was signed with another key', () => {
    expect(() => readSignedReply(reply('other'), 'secret')).toThrow('signature');
  });

  it('refuses frames that are no Jupyter message', () => {
    expect(() => readSignedReply([Buffer.from('hello')], 'secret')).toThrow('no Jupyter message');
  });
});

describe('signedRequest', () => {
  it('signs header, parent, metadata and content', () => {
    const [delimiter, signature, ...signed] = signedRequest('kernel_info_request', 'secret').frames;

    expect(delimiter).toBe('<IDS|MSG>');
    expect(signature).toBe(createHmac('sha256', 'secret').update(signed.join('')).digest('hex'));
    expect(signed).toHaveLength(4);
  });
});
