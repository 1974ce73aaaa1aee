import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

import { z } from 'zod';

const DELIMITER = '<IDS|MSG>';

const headerSchema = z.object({ msg_type: z.string(), session: z.string() });
const parentSchema = z.object({ msg_id: z.string() });

export interface WireReply {
  readonly messageType: string;
  readonly session: string;
  readonly parentId: string;
}

export interface WireRequest {
  readonly messageId: string;
  readonly frames: readonly string[];
}

/**
 * A signed request without content: delimiter, signature, header, parent header, metadata, content.
 * ref: jupyter_client, "Messaging in Jupyter", the wire protocol
 */
export function signedRequest(messageType: string, key: string): WireRequest {
  const messageId = randomUUID();
  const header = JSON.stringify({
    msg_id: messageId,
    session: randomUUID(),
    username: 'forkd-spawner',
    date: new Date().toISOString(),
    msg_type: messageType,
    version: '5.4',
  });
  const signed = [header, '{}', '{}', '{}'];
  return { messageId, frames: [DELIMITER, sign(signed, key), ...signed] };
}

/** Reads a reply; throws where its signature was not made with `key`. */
export function readSignedReply(frames: readonly Buffer[], key: string): WireReply {
  const start = frames.findIndex((frame) => frame.toString() === DELIMITER);
  const [signature, header, parent, metadata, content] = frames.slice(start + 1);
  if (start < 0 || !signature || !header || !parent || !metadata || !content) {
    throw new Error(`the kernel's reply has ${frames.length} frames and is no Jupyter message`);
  }
  if (!isSame(signature.toString(), sign([header, parent, metadata, content], key))) {
    throw new Error("the signature of the kernel's reply is not made with the connection's key");
  }
  return parseReply(header, parent);
}

function parseReply(headerFrame: Buffer, parentFrame: Buffer): WireReply {
  const header = headerSchema.parse(parseJson(headerFrame));
  const parent = parentSchema.parse(parseJson(parentFrame));
  return { messageType: header.msg_type, session: header.session, parentId: parent.msg_id };
}

function parseJson(frame: Buffer): unknown {
  return JSON.parse(frame.toString());
}

function sign(frames: readonly (string | Buffer)[], key: string): string {
  const hmac = createHmac('sha256', key);
  for (const frame of frames) hmac.update(frame);
  return hmac.digest('hex');
}

function isSame(actual: string, expected: string): boolean {
  const [a, b] = [Buffer.from(actual), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
