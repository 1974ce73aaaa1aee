import { z } from 'zod';

import { askAgent, EVAL_LIMITS, execLimits, PING_LIMITS } from '../../forkd/agent-client.ts';
import { messageOf } from '../../faults/caught-error.ts';
import { badRequest, serverError } from '../http/api-error.ts';
import { takesJson } from '../http/json-body.ts';
import type { ApiReply, ApiRequest, Routes } from '../http/routes.ts';
import { ServerTiming } from '../../forkd/server-timing.ts';
import type { Sandbox } from '../sandboxes/sandbox.ts';
import type { SandboxStore } from '../sandboxes/store.ts';

/** `prewarm` and `hugepages` are accepted and without effect: a process has no memory file to fault in. */
const createBody = z.object({
  snapshot_tag: z.string(),
  n: z.int().min(0).default(1),
  per_child_netns: z.boolean().default(false),
  memory_limit_mib: z.int().min(0).nullable().default(null),
  prewarm: z.boolean().default(false),
  live_fork: z.boolean().default(false),
  hugepages: z.boolean().default(false),
});

const execBody = z.object({ args: z.array(z.string()), timeout_secs: z.int().min(0).default(30) });
const evalBody = z.object({ code: z.string() });

export function sandboxRoutes(sandboxes: SandboxStore): Routes {
  const named = (request: ApiRequest): Sandbox => sandboxes.get(request.param('id'));
  return {
    '/v1/sandboxes': {
      GET: () => ({ status: 200, json: sandboxes.rows() }),
      POST: takesJson(createBody, (body) => create(sandboxes, body)),
    },
    '/v1/sandboxes/:id': {
      GET: (request) => ({ status: 200, json: named(request).row }),
      DELETE: async (request) => {
        await sandboxes.delete(request.param('id'));
        return { status: 204 };
      },
    },
    '/v1/sandboxes/:id/ping': { POST: (request) => ping(named(request)) },
    '/v1/sandboxes/:id/eval': {
      POST: takesJson(evalBody, ({ code }, request) => evaluate(named(request), code)),
    },
    '/v1/sandboxes/:id/exec': {
      POST: takesJson(execBody, ({ args, timeout_secs: timeoutSecs }, request) =>
        execute(named(request), args, timeoutSecs),
      ),
    },
  };
}

async function create(sandboxes: SandboxStore, body: z.infer<typeof createBody>): Promise<ApiReply> {
  const { rows, timing } = await sandboxes.create({
    snapshotTag: body.snapshot_tag,
    count: body.n,
    memoryLimitMib: body.memory_limit_mib,
    perChildNetns: body.per_child_netns,
    liveFork: body.live_fork,
  });
  return { status: 201, json: rows, timing };
}

async function ping(sandbox: Sandbox): Promise<ApiReply> {
  return { status: 200, json: await ask(sandbox, 'ping', {}, PING_LIMITS) };
}

const evalReply = z.object({
  result: z.string().nullable().catch(null),
  error: z.string().nullable().catch(null),
  exit_code: z.int().catch(0),
});

async function evaluate(sandbox: Sandbox, code: string): Promise<ApiReply> {
  const timing = new ServerTiming();
  const reply = await timing.time('eval.total', () => ask(sandbox, 'eval', { code }, EVAL_LIMITS, timing));
  return { status: 200, json: evalReply.parse(reply), timing };
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
  const reply = await ask(sandbox, 'exec', request, execLimits(timeoutSecs));
  return { status: 200, json: execReply.parse(reply) };
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
