import { createServer, type Server } from 'node:http';

import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';

import { KernelWatch } from '../../../../src/bench/run/afterwards/kernel-watch.ts';
import { findChromium } from '../../../../src/process/find-chromium.ts';
import { listen } from '../../../helpers/listen.ts';

const executablePath = await findChromium();
if (executablePath === undefined) {
  console.warn('no page is watched: there is no chromium (apt-get install chromium)');
}

/** Far more than a page on loopback needs, however busy the machine is. */
const PATIENCE_MS = 60_000;

describe.skipIf(executablePath === undefined)('KernelWatch', () => {
  let browser: Browser;
  let server: Server;
  let sockets: WebSocketServer;
  let page: Page;
  let watch: KernelWatch;
  let kernels: number;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser.close();
  });

  /** Each POST starts a kernel: of a session, or by itself. */
  beforeEach(async () => {
    kernels = 0;
    server = createServer(({ method = '', url = '' }, response) => {
      response.writeHead(method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
      if (method !== 'POST') response.end('{}');
      else if (url.endsWith('sessions'))
        response.end(JSON.stringify({ id: 's', kernel: { id: `k${++kernels}` } }));
      else response.end(JSON.stringify({ id: `k${++kernels}` }));
    });
    sockets = new WebSocketServer({ server });
    page = await browser.newPage();
    watch = new KernelWatch(page);
    await page.goto(`http://127.0.0.1:${await listen(server)}/user/ada/lab`);
  });

  afterEach(async () => {
    await page.close();
    sockets.close();
    server.closeAllConnections();
    server.close();
  });

  async function fetchInPage(path: string, method: string): Promise<void> {
    await page.evaluate(([url, how]) => fetch(url, { method: how }).then((answer) => answer.text()), [
      `/user/ada/api/${path}`,
      method,
    ] as const);
  }

  it('counts the kernels that a page has started, one that it gave up included', async () => {
    await fetchInPage('sessions', 'GET');
    await fetchInPage('sessions', 'POST');
    expect(await watch.started()).toBe(1);

    await fetchInPage('kernels', 'POST');
    await fetchInPage('kernels/k1', 'DELETE');
    expect(await watch.started()).toBe(2);
  });

  it('counts a kernel once that a session is given later', async () => {
    await fetchInPage('sessions', 'POST');
    server.removeAllListeners('request');
    server.on('request', (_, response) => response.end('{"id":"s","kernel":{"id":"k1"}}'));
    await fetchInPage('sessions/s', 'PATCH');

    expect(await watch.started()).toBe(1);
  });

  it('waits until a kernel has said something to the page, which a session alone is not', async () => {
    await fetchInPage('sessions', 'POST');
    await expect(watch.untilOneAnswers(50)).rejects.toThrow('no kernel answered the page within 0.05 s');

    sockets.on('connection', (socket) => {
      socket.send('an answer');
    });
    await page.evaluate(() => {
      const socket = new WebSocket(
        `${location.origin.replace('http', 'ws')}/user/ada/api/kernels/k1/channels?session_id=1`,
      );
      return new Promise((resolve) => {
        socket.onmessage = resolve;
      }).then(() => undefined);
    });
    await watch.untilOneAnswers(PATIENCE_MS);
  });

  it('ends with the page', async () => {
    const waiting = watch.untilOneAnswers(PATIENCE_MS);
    await Promise.all([
      expect(waiting).rejects.toThrow('the page was closed before a kernel answered'),
      page.close(),
    ]);
  });
});
