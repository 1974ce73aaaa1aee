import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { WebSocketServer } from 'ws';

import { KERNEL_PROTOCOL, serveKernel } from './kernel-stand-in.ts';
import { listen } from './listen.ts';

export const ALL_SCOPES = [
  ...['admin:users', 'delete:users', 'read:hub'],
  ...['servers', 'start:servers', 'read:servers', 'delete:servers', 'access:servers'],
];

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Behaviour {
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly scopes?: readonly string[];
  /** Users that are there, with the names of their servers that run. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Asked first; what it returns is the answer. `count` is how often this was asked before. */
  readonly answer?: (request: string, count: number, hub: HubStandIn) => Answer | undefined;
  readonly readyAfterMs?: number;
  /** Whether it writes users' names in small letters, as JupyterHub does unless told otherwise. */
  readonly lowersNames?: boolean;
}

/** What stands in for a JupyterHub, its proxy and all servers behind it, over real HTTP and WebSockets. */
export class HubStandIn {
  /** As in `POST /users/ada/server`, below the hub's API. */
  readonly requests: string[] = [];
  readonly users = new Map<string, Set<string>>();
  readonly #behaviour: Behaviour;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => KERNEL_PROTOCOL });
  url = '';

  constructor(behaviour: Behaviour = {}) {
    this.#behaviour = behaviour;
    for (const [name, servers] of Object.entries(behaviour.users ?? {}))
      this.users.set(name, new Set(servers));
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, serveKernel);
    });
  }

  async start(): Promise<this> {
    this.url = `http://127.0.0.1:${await listen(this.#server)}`;
    return this;
  }

  /** As a hub that is killed. */
  close(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent((request.url ?? '').replace(/\?.*/, ''));
    const method = request.method ?? '';
    if (!path.startsWith('/hub/api')) {
      send(response, { status: 201, body: KERNEL_MODEL });
      return;
    }
    const named = `${method} ${path.replace('/hub/api', '')}`;
    const count = this.requests.filter((earlier) => earlier === named).length;
    this.requests.push(named);
    const body: unknown = JSON.parse((await textOf(request)) || '{}');
    const answer = this.#behaviour.answer?.(named, count, this);
    if (answer === undefined && path.endsWith('/progress')) await this.#progress(response);
    else send(response, answer ?? this.#reply(method, path.replace('/hub/api/', '').split('/'), body));
  }

  async #progress(response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await delay(this.#behaviour.readyAfterMs ?? 0);
    response.end('data: {"progress": 100, "message": "ready", "ready": true}\n\n');
  }

  #reply(
    method: string,
    [kind = '', name = '', what, server = '']: readonly string[],
    body: unknown,
  ): Answer {
    if (kind === '') return { status: 200, body: { version: '6.0.0' } };
    if (kind === 'info') return { status: 200, body: { spawner: { class: 'a.Spawner', version: '1' } } };
    if (kind === 'user') return { status: 200, body: this.#owner() };
    if (name === '') return this.#create(body);
    const servers = this.users.get(name);
    if (servers === undefined) return { status: 404, body: { message: 'no such user' } };
    if (method === 'GET') return { status: 200, body: modelOf(name, servers) };
    if (method === 'POST') servers.add(server);
    else if (what === undefined) this.users.delete(name);
    else servers.delete(server);
    return { status: method === 'POST' ? 202 : 204 };
  }

  #owner(): unknown {
    const { owner = { kind: 'service', name: 'tester' }, scopes = ALL_SCOPES } = this.#behaviour;
    return { ...owner, scopes };
  }

  #create(body: unknown): Answer {
    const names: unknown =
      typeof body === 'object' && body !== null && 'usernames' in body ? body.usernames : [];
    const asked = Array.isArray(names) ? names.map(String) : [];
    const written = this.#behaviour.lowersNames === true ? asked.map((name) => name.toLowerCase()) : asked;
    const created = written.filter((name) => !this.users.has(name));
    if (created.length === 0) return { status: 409, body: { message: 'All users already exist' } };
    for (const name of created) this.users.set(name, new Set());
    return { status: 201, body: created.map((name) => ({ name })) };
  }
}

const KERNEL_MODEL = {
  id: '7d5c0f6e-0000-4000-8000-000000000000',
  name: 'python3',
  connections: 0,
  execution_state: 'starting',
  last_activity: '',
};

function modelOf(name: string, servers: ReadonlySet<string>): unknown {
  const models: Record<string, unknown> = {};
  for (const server of servers) models[server] = { name: server, ready: true, stopped: false };
  return { name, servers: models };
}

function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
