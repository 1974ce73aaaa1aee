import { randomBytes } from 'node:crypto';

import { Dealer } from 'zeromq';

import { type ConnectionInfo, endpoint } from './connection-info.ts';
import { readSignedReply, signedRequest, type WireRequest } from './wire-message.ts';

const ANSWER_TIMEOUT_MS = 5000;

export interface ForgeryAnswers {
  /** Which forgeries were sent. */
  readonly sent: readonly string[];
  /** The forgeries that the kernel has answered. */
  readonly answered: readonly string[];
}

/**
 * Sends a kernel messages that nobody with its key has made, and a signed one after them on the
 * same socket. Messages of one socket are handled in their order: what was not answered by the time
 * of the signed one's reply never is, so no waiting time has to be chosen.
 */
export async function sendForgeries(connection: ConnectionInfo): Promise<ForgeryAnswers> {
  const forgeries = makeForgeries();
  const genuine = signedRequest('kernel_info_request', connection.key);
  const socket = new Dealer({ linger: 0, receiveTimeout: ANSWER_TIMEOUT_MS });
  try {
    socket.connect(endpoint(connection, 'shell_port'));
    for (const { request } of forgeries) await socket.send([...request.frames]);
    await socket.send([...genuine.frames]);
    const answeredIds = await readUntil(socket, connection.key, genuine.messageId);
    return {
      sent: forgeries.map(({ kind }) => kind),
      answered: forgeries.filter(({ request }) => answeredIds.has(request.messageId)).map(({ kind }) => kind),
    };
  } finally {
    socket.close();
  }
}

function makeForgeries(): readonly { readonly kind: string; readonly request: WireRequest }[] {
  const unsigned = signedRequest('kernel_info_request', 'any');
  const [delimiter = '', , ...content] = unsigned.frames;
  return [
    { kind: 'unsigned', request: { ...unsigned, frames: [delimiter, '', ...content] } },
    {
      kind: 'signed with another key',
      request: signedRequest('kernel_info_request', randomBytes(32).toString('hex')),
    },
  ];
}

/** The ids of all requests that were answered before the one that is waited for. */
async function readUntil(socket: Dealer, key: string, lastId: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (;;) {
    const frames = await socket.receive().catch((cause: unknown) => {
      throw new Error(`no reply to a signed message within ${ANSWER_TIMEOUT_MS} ms`, { cause });
    });
    const { parentId } = readSignedReply(frames, key);
    if (parentId === lastId) return ids;
    ids.add(parentId);
  }
}
