import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';

import { Dealer, Request } from 'zeromq';

import { type ConnectionInfo, endpoint } from './connection-info.ts';
import { readSignedReply, signedRequest, type WireReply } from './wire-message.ts';

/** A kernel that is idle answers in a few ms. */
const ANSWER_TIMEOUT_MS = 5000;

export interface ProbeAnswer {
  readonly heartbeatMs: number;
  readonly kernelInfoMs: number;
  /** The kernel's session: equal to the one that its WebSocket showed if it is the same kernel. */
  readonly session: string;
}

/** Talks to a kernel's own ports, past hub, proxy and server; rejects with what did not answer. */
export async function probeKernel(connection: ConnectionInfo): Promise<ProbeAnswer> {
  const heartbeatMs = await timed(() => echoHeartbeat(connection));
  const startedMs = performance.now();
  const { session } = await requestKernelInfo(connection);
  return { heartbeatMs, kernelInfoMs: performance.now() - startedMs, session };
}

async function echoHeartbeat(connection: ConnectionInfo): Promise<void> {
  const address = endpoint(connection, 'hb_port');
  const beat = randomUUID();
  const socket = new Request({ linger: 0, receiveTimeout: ANSWER_TIMEOUT_MS });
  try {
    socket.connect(address);
    await socket.send(beat);
    const [echo] = await named(`no heartbeat from ${address}`, socket.receive());
    if (String(echo) !== beat) throw new Error(`the heartbeat of ${address} is not an echo`);
  } finally {
    socket.close();
  }
}

async function requestKernelInfo(connection: ConnectionInfo): Promise<WireReply> {
  const address = endpoint(connection, 'shell_port');
  const request = signedRequest('kernel_info_request', connection.key);
  const socket = new Dealer({ linger: 0, receiveTimeout: ANSWER_TIMEOUT_MS });
  try {
    socket.connect(address);
    await socket.send([...request.frames]);
    const frames = await named(`no kernel_info_reply from ${address}`, socket.receive());
    return checkReply(readSignedReply(frames, connection.key), request.messageId);
  } finally {
    socket.close();
  }
}

function checkReply(reply: WireReply, requestId: string): WireReply {
  if (reply.messageType !== 'kernel_info_reply' || reply.parentId !== requestId) {
    throw new Error(`the kernel answered kernel_info_request with ${reply.messageType}`);
  }
  return reply;
}

async function timed(action: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await action();
  return performance.now() - startedMs;
}

/** zeromq only says "Socket temporarily unavailable" when its time is up. */
async function named<T>(message: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new Error(`${message} within ${ANSWER_TIMEOUT_MS} ms`, { cause });
  }
}
