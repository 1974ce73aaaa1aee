import { z } from 'zod';

import { askAgent, EVAL_LIMITS, execLimits, PING_LIMITS } from '../../forkd/agent-client.ts';
import { messageOf } from '../../faults/caught-error.ts';
import { badRequest, notImplemented, serverError } from '../http/api-error.ts';
import { type ApiReply, empty, json } from '../http/api-reply.ts';
import { jsonBody } from '../http/json-body.ts';
import type { ApiRequest, Routes } from '../http/routes.ts';
import { ServerTiming } from '../../forkd/server-timing.ts';
import { branchShape, createSandboxShape, evalShape, execShape } from './request-shapes.ts';
import type { Sandbox } from '../sandboxes/sandbox.ts';
import type { SandboxStore } from '../sandboxes/sandbox-store.ts';

export function sandboxRoutes(sandboxes: SandboxStore): Routes {
  const named = (request: ApiRequest): Sandbox => sandboxes.get(request.param('id'));
  return {
    '/v1/sandboxes': {
      GET: () => json(200, sandboxes.rows()),
      POST: (request) => create(sandboxes, request),
    },
    '/v1/sandboxes/:id': {
      GET: (request) => json(200, named(request).row),
      DELETE: async (request) => {
        await sandboxes.delete(request.param('id'));
        return empty(204);
      },
    },
    '/v1/sandboxes/:id/ping': { POST: (request) => ping(named(request)) },
    // Bodies come first: forkd refuses a wrong one before it looks for the sandbox.
    '/v1/sandboxes/:id/eval': {
      POST: (request) => {
        const { code } = jsonBody(request, evalShape);
        return evaluate(named(request), code);
      },
    },
    '/v1/sandboxes/:id/exec': {
      POST: (request) => {
        const { args, timeout_secs: timeoutSecs } = jsonBody(request, execShape);
        return execute(named(request), args, timeoutSecs);
      },
    },
    '/v1/sandboxes/:id/branch': {
      POST: (request) => {
        jsonBody(request, branchShape);
        named(request);
        throw notImplemented('branching a sandbox');
      },
    },
  };
}

async function create(sandboxes: SandboxStore, request: ApiRequest): Promise<ApiReply> {
  const body = jsonBody(request, createSandboxShape);
  const timing = new ServerTiming();
  const wanted = {
    snapshotTag: body.snapshot_tag,
    count: body.n,
    memoryLimitMib: body.memory_limit_mib,
    perChildNetns: body.per_child_netns,
    liveFork: body.live_fork,
  };
  const rows = await timing.time('create.total', () => sandboxes.create(wanted, timing));
  return { ...json(201, rows), timing };
}

async function ping(sandbox: Sandbox): Promise<ApiReply> {
  return json(200, await ask(sandbox, 'ping', {}, PING_LIMITS));
}

const evalReply = z.object({
  result: z.string().nullable().catch(null),
  error: z.string().nullable().catch(null),
  exit_code: z.int().catch(0),
});

async function evaluate(sandbox: Sandbox, code: string): Promise<ApiReply> {
  const timing = new ServerTiming();
  const reply = await timing.time('eval.total', () => ask(sandbox, 'eval', { code }, EVAL_LIMITS, timing));
  return { ...json(200, evalReply.parse(reply)), timing };
}

// forkd drops an `error` of `exec`: an unknown command and a time-out are exit code 1 without output.
const execReply = z.object({
  stdout: z.string().default(''),
  stderr: z.string().default(''),
  exit_code: z.int().default(0),
});

async function execute(sandbox: Sandbox, args: readonly string[], timeoutSecs: number): Promise<ApiReply> {
  if (args.length === 0) throw badRequest('args must contain at least one element');
  const request = { args, timeout: timeoutSecs };
  return json(200, execReply.parse(await ask(sandbox, 'exec', request, execLimits(timeoutSecs))));
}

/** Puts one question to the sandbox's agent; a failure is forkd's 500, `<action>: connect …: …`. */
async function ask(
  sandbox: Sandbox,
  action: 'ping' | 'eval' | 'exec',
  request: Readonly<Record<string, unknown>>,
  limits: Parameters<typeof askAgent>[2],
  timing?: ServerTiming,
): Promise<unknown> {
  try {
    if (sandbox.death !== undefined) {
      // Not asked: somebody else may have the address by now.
      throw new Error(`connect ${sandbox.row.guest_addr}: connection refused (${sandbox.death})`);
    }
    return await askAgent(sandbox.agent, { action, ...request }, limits, timing);
  } catch (error) {
    throw serverError(`${action}: ${messageOf(error)}`);
  }
}
