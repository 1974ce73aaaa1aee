import { createServer, type RequestListener, type Server } from 'node:http';

import { afterEach, describe, expect, it } from 'vitest';

import { EnvironmentError } from '../../src/errors.ts';
import { HubClient } from '../../src/hub/hub-client.ts';
import { readProgress } from '../../src/hub/progress-stream.ts';
import { defaultServer } from '../../src/hub/server-name.ts';
import { freePorts } from '../../src/process/free-ports.ts';
import { listen } from '../helpers/listen.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function clientOf(answer: RequestListener): Promise<HubClient> {
  server = createServer(answer);
  const port = await listen(server);
  return new HubClient({ url: `http://127.0.0.1:${port}`, token: 't' });
}

describe('the client of a hub', () => {
  it('names a hub that cannot be reached', async () => {
    const [port = 0] = await freePorts(1);
    const client = new HubClient({ url: `http://127.0.0.1:${port}`, token: 't' });

    await expect(client.info()).rejects.toThrow(/the hub cannot be reached: GET .*ECONNREFUSED/);
    await client.close();
  });

  it('names an answer that is not a hub’s', async () => {
    const client = await clientOf((_, response) => response.end('<html>hello</html>'));

    await expect(client.info()).rejects.toThrow('no JSON came back');
    await client.close();
  });

  it('names a token that is not accepted', async () => {
    const client = await clientOf((_, response) => response.writeHead(401).end('{}'));

    await expect(client.info()).rejects.toThrow(EnvironmentError);
    await client.close();
  });

  it('passes on why the hub refuses', async () => {
    const client = await clientOf((_, response) =>
      response.writeHead(429).end('{"message": "Too many users trying to log in"}'),
    );

    await expect(client.requestServer(defaultServer('ada'))).rejects.toThrow('429');
    await expect(client.requestServer(defaultServer('ada'))).rejects.toThrow(
      'Too many users trying to log in',
    );
    await client.close();
  });

  it('asks for users by their encoded names, under the base URL of the hub', async () => {
    const paths: (string | undefined)[] = [];
    const client = await clientOf((request, response) => {
      paths.push(request.url);
      response.end('{"name": "é/ü", "servers": {}}');
    });

    await client.getUser('é/ü');

    expect(paths).toEqual(['/hub/api/users/%C3%A9%2F%C3%BC']);
    await client.close();
  });
});

describe('a progress stream', () => {
  it('gives events that come in pieces, with fields that only a spawner knows', async () => {
    const pieces = ['data: {"progress": 1, "mess', 'age": "é"}\n\ndata: {"stage": "x", "n": 2}\n', '\n'];
    const body = (async function* () {
      for (const piece of pieces) yield Promise.resolve(Buffer.from(piece));
    })();

    expect(await Array.fromAsync(readProgress(body))).toEqual([
      { progress: 1, message: 'é' },
      { stage: 'x', n: 2, message: '' },
    ]);
  });
});
