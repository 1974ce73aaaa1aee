import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';

import { afterEach, describe, expect, it } from 'vitest';

import { EnvironmentError } from '../../../src/faults/errors.ts';
import { HubClient } from '../../../src/hub/client/hub-client.ts';
import { readProgress } from '../../../src/hub/client/progress-stream.ts';
import { defaultServer } from '../../../src/hub/client/server-name.ts';
import { freePorts } from '../../../src/process/free-ports.ts';
import { listen } from '../../helpers/listen.ts';
import { selfSigned } from '../../helpers/self-signed.ts';

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

  it.each([
    [404, '<html>\n<head><title>Not\n found</title></head><body>a long page</body></html>'],
    [200, '<!doctype html><title>Not found</title>'],
  ])(
    'names a page that came with %d instead of showing it, and asks for the right address',
    async (status, page) => {
      const client = await clientOf((_, response) => response.writeHead(status).end(page));

      const failure = await client.info().catch((error: unknown) => error);

      expect(failure).toBeInstanceOf(EnvironmentError);
      expect(failure).toMatchObject({
        message: expect.stringMatching(/GET http:\S+\/hub\/api\/: an HTML page with the title 'Not found'$/),
        hint: expect.stringContaining('with its base URL if it has one'),
      });
      await client.close();
    },
  );

  it('waits where the hub is restarted and says how long', async () => {
    const answers = [503, 503, 200];
    const client = await clientOf((_, response) => {
      response.writeHead(answers.shift() ?? 500, { 'retry-after': '0' }).end('{"version": "6.1.0"}');
    });

    expect(await client.info()).toEqual({ version: '6.1.0' });
    await client.close();
  });

  it('refuses a wait without an end', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(503, { 'retry-after': '601' }).end('<title>Down for maintenance</title>');
    });

    await expect(client.info()).rejects.toThrow('answered 503 to GET http');
    await client.close();
  });

  it('says what makes a certificate trusted, or that none was given', async () => {
    const certificate = await selfSigned();
    const secure = createSecureServer(certificate, (_, response) => response.end('{}'));
    const [securePort, plainPort] = [await listen(secure), await listen((server = createServer()))];
    const hintAt = async (port: number): Promise<unknown> => {
      const client = new HubClient({ url: `https://127.0.0.1:${port}`, token: 't' });
      const failure = await client.info().catch((error: unknown) => error);
      await client.close();
      return failure instanceof EnvironmentError ? failure.hint : failure;
    };

    expect(await hintAt(securePort)).toContain('NODE_EXTRA_CA_CERTS');
    expect(await hintAt(plainPort)).toContain('is it an http:// address?');
    secure.close();
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
