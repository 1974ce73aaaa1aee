import { createServer } from 'node:http';

import { listen } from './listen.ts';

export interface CountingProxy extends AsyncDisposable {
  /** What sends a program's connections to it. */
  readonly environment: NodeJS.ProcessEnv;
  /** What it was asked for: `CONNECT host:port`, or `GET http://…`. */
  readonly asked: readonly string[];
}

/** An HTTP proxy that refuses everything and remembers it. */
export async function countingProxy(): Promise<CountingProxy> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url ?? ''}`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const names = ['http_proxy', 'https_proxy', 'all_proxy'];
  const variables = [...names, ...names.map((name) => name.toUpperCase())].map((name) => [name, url]);
  return {
    // Whoever tests behind a proxy has exceptions of his own.
    environment: { ...Object.fromEntries(variables), NODE_USE_ENV_PROXY: '1', no_proxy: '', NO_PROXY: '' },
    asked,
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      server.close(() => {
        resolve(undefined);
      });
      server.closeAllConnections();
      await promise;
    },
  };
}
