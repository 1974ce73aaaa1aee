// What the kernel's client says of a server when the machine has no local port left: run in a
// network namespace with very few of them.
import { createServer } from 'node:net';

import { makeServerSettings } from '../../../src/kernel/server-settings.ts';

/** Below the range that connections get their ports from. */
const PORT = 20_000;

const { promise: lost, resolve } = Promise.withResolvers<string>();
const server = createServer((socket) => socket.on('error', () => undefined));
server.listen(PORT, '127.0.0.1');

const target = { serverUrl: `http://127.0.0.1:${PORT}/user/a/`, token: 'x' };
const settings = makeServerSettings(target, new AbortController().signal, (error) => {
  resolve(error.cause instanceof Error ? `${error.message} | ${error.cause.message}` : error.message);
});
// No answer comes, so each of these keeps its port.
const asked = [1, 2, 3].map(async () => settings.fetch(target.serverUrl));
const refused = await Promise.any(
  asked.map(async (one) => one.then(() => Promise.reject(new Error()), String)),
);
new settings.WebSocket(target.serverUrl.replace('http', 'ws'));
process.stdout.write(JSON.stringify({ fetch: refused, socket: await lost }));
process.exit();
