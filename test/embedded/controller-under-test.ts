import { request } from 'undici';
import { z } from 'zod';

import {
  type EmbeddedController,
  type EmbeddedControllerOptions,
  startEmbeddedController,
} from '../../src/embedded/embedded-controller.ts';
import { type SandboxReply, sandboxReply } from '../../src/forkd/controller-replies.ts';
import { testPython } from '../helpers/python-environment.ts';

export interface Response {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

type Target = Pick<EmbeddedController, 'url' | 'token'>;

/** Sends a request with the controller's token; a body is sent as JSON. */
export async function call(
  { url, token }: Target,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : JSON_TYPE) };
  return rawCall(`${url}${path}`, method, headers, body === undefined ? undefined : JSON.stringify(body));
}

const JSON_TYPE = { 'content-type': 'application/json' };

export async function rawCall(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<Response> {
  const response = await request(url, { method, headers: { ...headers }, body: body ?? null });
  const contentType = response.headers['content-type'];
  return {
    status: response.statusCode,
    contentType: typeof contentType === 'string' ? contentType : null,
    text: await response.body.text(),
  };
}

export async function startWarmed(options: EmbeddedControllerOptions = {}): Promise<EmbeddedController> {
  const controller = await startEmbeddedController(options);
  await warm(controller);
  return controller;
}

export async function warm(controller: Target, tag = 'jupyter'): Promise<void> {
  const response = await call(controller, 'POST', '/v1/snapshots', { tag, python: await testPython() });
  if (response.status !== 201) throw new Error(`no snapshot: ${response.status} ${response.text}`);
}

export async function createSandboxes(
  controller: Target,
  request_: Readonly<Record<string, unknown>> = {},
): Promise<readonly SandboxReply[]> {
  const response = await call(controller, 'POST', '/v1/sandboxes', { snapshot_tag: 'jupyter', ...request_ });
  if (response.status !== 201) throw new Error(`no sandbox: ${response.status} ${response.text}`);
  return z.array(sandboxReply).parse(JSON.parse(response.text));
}

export async function createSandbox(
  controller: Target,
  request_: Readonly<Record<string, unknown>> = {},
): Promise<SandboxReply> {
  const [sandbox] = await createSandboxes(controller, request_);
  if (sandbox === undefined) throw new Error('the controller answered 201 with an empty list');
  return sandbox;
}

export async function deleteSandboxes(controller: Target): Promise<void> {
  const rows = z.array(sandboxReply).parse(JSON.parse((await call(controller, 'GET', '/v1/sandboxes')).text));
  await Promise.all(rows.map(({ id }) => call(controller, 'DELETE', `/v1/sandboxes/${id}`)));
}

export async function ping(controller: Target, { id }: SandboxReply): Promise<Response> {
  return call(controller, 'POST', `/v1/sandboxes/${id}/ping`);
}

export async function exec(controller: Target, { id }: SandboxReply, ...args: string[]): Promise<Response> {
  return call(controller, 'POST', `/v1/sandboxes/${id}/exec`, { args });
}

/** Leaves a daemon behind in the sandbox, as a user's notebook might; gives its pid. */
export async function startDaemon(controller: Target, sandbox: SandboxReply): Promise<number> {
  const script = 'setsid sleep 1000 >/dev/null 2>&1 & echo $!';
  const response = await exec(controller, sandbox, 'sh', '-c', script);
  return Number(z.object({ stdout: z.string() }).parse(JSON.parse(response.text)).stdout);
}
