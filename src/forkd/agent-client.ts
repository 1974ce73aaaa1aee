import { connect, type NetConnectOpts } from 'node:net';

import { messageOf } from '../faults/caught-error.ts';
import type { ServerTiming } from './server-timing.ts';

export const AGENT_PORT = 8888;

/** Where an agent answers. */
export interface AgentPlace {
  /** The address with its port, which messages call the agent by. */
  readonly address: string;
  /** An abstract Unix socket, as `@name`, where the address can't be reached from here. */
  readonly socket?: string;
}

interface AgentLimits {
  readonly connectMs: number;
  readonly replyMs: number;
}

const SECOND = 1000;

// forkd's own limits. They leave room above what the guest itself allows an `exec`.
export const PING_LIMITS: AgentLimits = { connectMs: 2 * SECOND, replyMs: 3 * SECOND };
export const EVAL_LIMITS: AgentLimits = { connectMs: 5 * SECOND, replyMs: 30 * SECOND };
export const execLimits = (timeoutSecs: number): AgentLimits => ({
  connectMs: 5 * SECOND,
  // A timer cannot wait longer than 2^31 - 1 ms.
  replyMs: Math.min((timeoutSecs + 5) * SECOND, 2 ** 31 - 1),
});

/** The output of a program can be long; what runs in a sandbox could answer without end. */
const MOST_ANSWER_MIB = 32;

/**
 * Asks a sandbox's agent one question: one line out, one line back, one connection each
 * (docs/protocols.md §1). Rejects with what failed, in forkd's manner: `connect 127.1.2.3:8888: …`.
 */
export async function askAgent(
  agent: AgentPlace,
  request: Readonly<Record<string, unknown>>,
  limits: AgentLimits,
  timing?: ServerTiming,
): Promise<unknown> {
  const line = await exchange(agent, `${JSON.stringify(request)}\n`, limits, timing);
  if (line === '') throw new Error('read response: the sandbox closed the connection without an answer');
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Error(`parse response: ${messageOf(error)}: ${line.slice(0, 200)}`, { cause: error });
  }
}

async function exchange(
  agent: AgentPlace,
  line: string,
  limits: AgentLimits,
  timing?: ServerTiming,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  let receivedBytes = 0;
  const socket = connect(connectOptions(agent));
  let step = `connect ${agent.address}`;
  let endStep = timing?.begin('eval.connect');
  const fail = (reason: string): void => {
    socket.destroy();
    reject(new Error(`${step}: ${reason}`));
  };
  let timer = setTimeout(fail, limits.connectMs, `no connection within ${limits.connectMs / SECOND} s`);
  socket.once('connect', () => {
    step = 'read response';
    endStep?.();
    endStep = timing?.begin('eval.answer');
    clearTimeout(timer);
    timer = setTimeout(fail, limits.replyMs, `no answer within ${limits.replyMs / SECOND} s`);
    socket.end(line);
  });
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    receivedBytes += chunk.length;
    if (receivedBytes > MOST_ANSWER_MIB * 2 ** 20) fail(`the answer is longer than ${MOST_ANSWER_MIB} MiB`);
  });
  socket.once('end', () => {
    resolve(Buffer.concat(chunks).toString().trim());
  });
  socket.once('error', (error) => {
    fail(reasonOf(error));
  });
  return promise.finally(() => {
    endStep?.();
    clearTimeout(timer);
  });
}

function connectOptions({ address, socket }: AgentPlace): NetConnectOpts {
  // Node.js writes an abstract name as Linux does.
  if (socket !== undefined) return { path: socket.replace('@', '\0') };
  const [host = '', port] = address.split(':');
  return { host, port: Number(port), noDelay: true };
}

function reasonOf(error: Error): string {
  return 'code' in error && error.code === 'ECONNREFUSED' ? 'connection refused' : error.message;
}
