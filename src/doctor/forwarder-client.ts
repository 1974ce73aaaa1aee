import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { z } from 'zod';

import { EnvironmentError } from '../faults/errors.ts';

/** Where a sandbox is reached from the host, and the hub from the sandbox. */
export interface Way {
  readonly host: string;
  /** `host:port` */
  readonly gateway: string;
}

const answerSchema = z.union([
  z.object({ error: z.string() }),
  z.object({ host: z.string(), gateway: z.string() }),
]);

interface Opened {
  readonly sandbox: string;
  readonly netns: string;
  /** What the guest is to reach. */
  readonly hub: { readonly host: string; readonly port: number };
  /** The guest's, by their own numbers. */
  readonly ports: readonly number[];
}

/** Has the forwarder at a Unix socket open a sandbox's way in and out (docs/protocols.md §5). */
export async function openWay(socket: string, { sandbox, netns, hub, ports }: Opened): Promise<Way> {
  await ask(socket, { op: 'open', sandbox, netns, hub: [hub.host, hub.port] });
  return ask(socket, { op: 'expose', sandbox, ports });
}

async function ask(socket: string, request: object): Promise<Way> {
  const connection = connect(socket);
  await once(connection, 'connect');
  connection.end(`${JSON.stringify(request)}\n`);
  const answer = answerSchema.parse(JSON.parse(await text(connection)));
  if ('error' in answer) throw new EnvironmentError(`the forwarder: ${answer.error}`);
  return answer;
}
