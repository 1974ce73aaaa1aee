import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

const MODEL = { id: 'k-1', name: 'python3', connections: 0, execution_state: 'starting', last_activity: '' };
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What the stand-in does with a WebSocket's handshake. */
export type Handshake = 'accept' | 'refuse' | 'hang' | 'accept-and-close';

export interface KernelServer {
  readonly url: string;
  readonly requests: readonly string[];
  close(): void;
}

/** A server whose kernels are created but never say a word. */
export async function startKernelServer(handshake: Handshake, createStatus = 201): Promise<KernelServer> {
  const requests: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url?.replace(/\?.*/, '') ?? ''}`);
    response.writeHead(createStatus, { 'content-type': 'application/json' });
    response.end(JSON.stringify(createStatus === 201 ? MODEL : { message: 'no kernel for you' }));
  });
  server.on('upgrade', (request, socket) => {
    sockets.add(socket);
    requests.push(`upgrade as ${String(request.headers['sec-fetch-mode'])}`);
    answer(handshake, request, socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${portOf(server)}/`, requests, close };
}

function answer(handshake: Handshake, request: IncomingMessage, socket: Duplex): void {
  if (handshake === 'hang') return;
  if (handshake === 'refuse') {
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1')
    .update(key + WEBSOCKET_GUID)
    .digest('base64');
  const headers = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org',
    `Sec-WebSocket-Accept: ${accept}`,
  ];
  socket.write(`${headers.join('\r\n')}\r\n\r\n`);
  if (handshake === 'accept-and-close') socket.end(Buffer.from([0x88, 0x02, 0x03, 0xf3]));
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
