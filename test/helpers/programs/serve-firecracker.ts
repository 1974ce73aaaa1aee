// A stand-in for Firecracker: its API on a Unix socket, and a 'guest' that is an agent on AGENT.
import { appendFileSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { type Socket, createServer as createTcpServer } from 'node:net';

import { z } from 'zod';

const AGENT = process.env['FAKE_AGENT'] ?? '127.0.0.1';
const BEHAVIOUR = process.env['FAKE_GUEST'] ?? 'warm';
const REQUESTS = process.env['FAKE_REQUESTS'] ?? '/dev/null';
const MEMINFO = 'MemTotal:  1024000 kB\nMemFree: 1 kB\nMemAvailable:  512000 kB\n';

const snapshotSchema = z.object({ snapshot_path: z.string(), mem_file_path: z.string() });

function bootGuest(): void {
  process.stdout.write('forkd: [    0.1 s] mounted /run\n');
  if (BEHAVIOUR === 'dies') {
    process.stdout.write('forkd: switching off: MountError: no such folder\n');
    process.exit(1);
  }
  if (BEHAVIOUR === 'silent') return;
  const agent = createTcpServer((connection: Socket) => {
    connection.once('data', (data) => {
      const pong = { pong: true, warmup_ready: true };
      const answer = data.toString().includes('ping') ? pong : { result: MEMINFO, error: null };
      connection.end(`${JSON.stringify(answer)}\n`);
    });
  });
  agent.listen(8888, AGENT);
}

function obey(path: string, text: string): number {
  appendFileSync(REQUESTS, `${path} ${text}\n`);
  if (path === '/snapshot/create') {
    if (BEHAVIOUR === 'unwritable') return 400;
    const { snapshot_path: state, mem_file_path: memory } = snapshotSchema.parse(JSON.parse(text));
    writeFileSync(state, 'state');
    writeFileSync(memory, 'memory');
  }
  return 204;
}

function serve(socket: string): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = obey(request.url ?? '', Buffer.concat(chunks).toString());
      response
        .writeHead(status)
        .end(status === 204 ? '' : '{"fault_message":"No space left on device"}', () => {
          if (request.url === '/actions') bootGuest();
        });
    });
  }).listen(socket);
}

const [flag = '', socket = ''] = process.argv.slice(2);
if (flag === '--version') process.stdout.write('Firecracker v1.12.0\n');
else serve(socket);
