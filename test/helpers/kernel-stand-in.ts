import { randomUUID } from 'node:crypto';

import type { WebSocket } from 'ws';
import { z } from 'zod';

/** The only one that it speaks; Node's WebSocket insists on one of those that it has offered. */
export const KERNEL_PROTOCOL = 'v1.kernel.websocket.jupyter.org';

const headerSchema = z.looseObject({ msg_type: z.string() });
const contentSchema = z.looseObject({ code: z.string().default('') });

const KERNEL_INFO = {
  status: 'ok',
  protocol_version: '5.3',
  implementation: 'stand-in',
  implementation_version: '1',
  language_info: { name: 'python', version: '3', mimetype: 'text/x-python', file_extension: '.py' },
  banner: '',
  help_links: [],
};

/** A kernel behind a WebSocket, whose every cell shows the last word of its code. */
export function serveKernel(socket: WebSocket): void {
  const session = randomUUID();
  socket.on('message', (data: Buffer) => {
    const [, header = '{}', , , content = '{}'] = unpack(data);
    const type = headerSchema.parse(JSON.parse(header)).msg_type;
    const send = (channel: string, msgType: string, body: unknown): void => {
      const own = {
        msg_id: randomUUID(),
        msg_type: msgType,
        session,
        username: '',
        version: '5.3',
        date: '',
      };
      socket.send(pack([channel, JSON.stringify(own), header, '{}', JSON.stringify(body)]));
    };
    send('iopub', 'status', { execution_state: 'busy' });
    if (type === 'kernel_info_request') send('shell', 'kernel_info_reply', KERNEL_INFO);
    if (type === 'execute_request') {
      const { code } = contentSchema.parse(JSON.parse(content));
      const shown = { 'text/plain': code.split(' ').at(-1) };
      send('iopub', 'execute_result', { execution_count: 1, data: shown, metadata: {} });
      send('shell', 'execute_reply', { status: 'ok', execution_count: 1, user_expressions: {} });
    }
    send('iopub', 'status', { execution_state: 'idle' });
  });
}

const WORD = 8;

/**
 * Channel, header, parent header, metadata and content, each found by its offset.
 * ref: jupyter_server, services/kernels/connection/base.py, serialize_msg_to_ws_v1
 */
function pack(parts: readonly string[]): Buffer {
  const encoded = parts.map((part) => Buffer.from(part));
  const head = Buffer.alloc(WORD * (parts.length + 2));
  head.writeBigUInt64LE(BigInt(parts.length + 1));
  let offset = head.length;
  for (const [index, size] of [0, ...encoded.map(({ length }) => length)].entries()) {
    offset += size;
    head.writeBigUInt64LE(BigInt(offset), WORD * (index + 1));
  }
  return Buffer.concat([head, ...encoded]);
}

function unpack(data: Buffer): readonly string[] {
  const count = Number(data.readBigUInt64LE());
  const offsets = Array.from({ length: count }, (_, index) =>
    Number(data.readBigUInt64LE(WORD * (index + 1))),
  );
  return offsets.slice(1).map((end, index) => data.toString('utf8', offsets[index], end));
}
