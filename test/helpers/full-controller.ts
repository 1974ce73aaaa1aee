import { createServer, type Server } from 'node:http';

const SNAPSHOT = {
  tag: 'jupyter',
  dir: '/snapshots/jupyter',
  created_at_unix: 1,
  status: 'ready',
  bootable: true,
};

const ANSWERS: Readonly<Record<string, readonly [status: number, body: unknown]>> = {
  'GET /healthz': [200, { ok: true }],
  'GET /version': [200, { version: '0.5.3', api: 'v1' }],
  'GET /v1/snapshots': [200, [SNAPSHOT]],
  'GET /v1/sandboxes': [200, []],
  'POST /v1/sandboxes': [500, { error: 'spawn failed: netns pool exhausted' }],
};

/** A controller that has a snapshot and no place left, as forkd says it. */
export function fullController(): Server {
  return createServer((request, response) => {
    const [status, body] = ANSWERS[`${request.method ?? ''} ${request.url ?? ''}`] ?? [
      404,
      { error: 'not found' },
    ];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
}
