import { readFile } from 'node:fs/promises';

import { request } from 'undici';
import { z } from 'zod';

import { makeDispatcher } from '../process/http-dispatcher.ts';
import { EnvironmentError } from '../faults/errors.ts';
import { withCreateLock } from './create-lock.ts';
import { type NamedRequest, notAController, refused, unreachable } from './controller-faults.ts';
import {
  errorReply,
  type EvalReply,
  evalReply,
  type ExecReply,
  execReply,
  healthReply,
  pingReply,
  type SandboxReply,
  sandboxReply,
  type SnapshotReply,
  snapshotReply,
  type VersionReply,
  versionReply,
} from './controller-replies.ts';
import { messageOf } from '../faults/caught-error.ts';

const DEFAULT_LIMIT_MS = 5000;
const SNAPSHOT_LIMIT_MS = 120_000; // warming up takes as long as the imports do
const CREATE_LIMIT_MS = 30_000;
const EVAL_LIMIT_MS = 40_000; // forkd itself gives up after 30 s
const EXEC_TIMEOUT_S = 30;
const EXEC_LIMIT_MS = (EXEC_TIMEOUT_S + 10) * 1000; // forkd itself waits 5 s longer than the program may take

/** The longest answer is a program's output, of which the guest decides. */
const MOST_ANSWER_MIB = 32;

export interface ControllerClientOptions {
  readonly url: string;
  readonly token: string;
  /** How long every request may take but the creation of a snapshot. */
  readonly limitMs?: number;
  /** The folder that is the hubs' `create_lock_folder`; by default the host's own for locks. */
  readonly lockFolder?: string | undefined;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly limitMs?: number;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/**
 * A client of any controller, embedded or real. Whatever goes wrong is an `EnvironmentError` that
 * names the URL, what happened and what to do.
 */
export class ControllerClient {
  readonly #options: ControllerClientOptions;
  readonly #base: string;
  readonly #dispatcher = makeDispatcher({ maxResponseSize: MOST_ANSWER_MIB * 2 ** 20 });

  constructor(options: ControllerClientOptions) {
    this.#options = options;
    this.#base = checkUrl(options.url);
  }

  /** A controller that was started without a token asks for none. */
  static async connect(
    url: string,
    tokenFile: string | undefined,
    lockFolder?: string,
  ): Promise<ControllerClient> {
    if (tokenFile === undefined) return new ControllerClient({ url, token: '', lockFolder });
    return ControllerClient.fromTokenFile(url, tokenFile, lockFolder);
  }

  static async fromTokenFile(url: string, tokenFile: string, lockFolder?: string): Promise<ControllerClient> {
    const token = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
      throw new EnvironmentError(`the token file ${tokenFile} cannot be read: ${messageOf(cause)}`, {
        hint: "Give the file with the controller's bearer token with --token-file.",
        cause,
      });
    });
    return new ControllerClient({ url, token: token.trim(), lockFolder });
  }

  /** Resolves when a controller answers; no token is needed for that. */
  async health(): Promise<void> {
    await this.#fetch({ method: 'GET', path: '/healthz' }, healthReply);
  }

  async version(): Promise<VersionReply> {
    return this.#fetch({ method: 'GET', path: '/version' }, versionReply);
  }

  async listSnapshots(): Promise<readonly SnapshotReply[]> {
    return this.#fetch({ method: 'GET', path: '/v1/snapshots' }, z.array(snapshotReply));
  }

  /** Warms a Python environment, which only the embedded controller can. */
  async createSnapshot(body: { readonly tag: string; readonly python: string }): Promise<SnapshotReply> {
    const call: Call = { method: 'POST', path: '/v1/snapshots', body, limitMs: SNAPSHOT_LIMIT_MS };
    return this.#fetch(call, snapshotReply);
  }

  async listSandboxes(): Promise<readonly SandboxReply[]> {
    return this.#fetch({ method: 'GET', path: '/v1/sandboxes' }, z.array(sandboxReply));
  }

  /** Waits for its turn among the creates of this host's hubs; `signal` ends the waiting. */
  async createSandbox(
    wanted: { readonly snapshotTag: string; readonly memoryLimitMib?: number },
    signal?: AbortSignal,
  ): Promise<SandboxReply> {
    const body = {
      ...{ snapshot_tag: wanted.snapshotTag, n: 1, per_child_netns: true },
      ...(wanted.memoryLimitMib !== undefined && { memory_limit_mib: wanted.memoryLimitMib }),
    };
    const call: Call = { method: 'POST', path: '/v1/sandboxes', body, limitMs: CREATE_LIMIT_MS };
    const { url, lockFolder: folder } = this.#options;
    return withCreateLock({ url, folder, signal }, async () => {
      const [sandbox] = await this.#fetch(call, z.tuple([sandboxReply]));
      return sandbox;
    });
  }

  /** Runs a program in the sandbox to its end. */
  async exec(id: string, args: readonly string[]): Promise<ExecReply> {
    const body = { args, timeout_secs: EXEC_TIMEOUT_S };
    const path = `${sandboxPath(id)}/exec`;
    return this.#fetch({ method: 'POST', path, body, limitMs: EXEC_LIMIT_MS }, execReply);
  }

  /** The `repr` of an expression's value in the sandbox's agent, or the error that it raised. */
  async evaluate(id: string, code: string): Promise<EvalReply> {
    const path = `${sandboxPath(id)}/eval`;
    return this.#fetch({ method: 'POST', path, body: { code }, limitMs: EVAL_LIMIT_MS }, evalReply);
  }

  /** Resolves when the sandbox answers; its row in the list is no proof of life. */
  async ping(id: string): Promise<void> {
    await this.#fetch({ method: 'POST', path: `${sandboxPath(id)}/ping` }, pingReply);
  }

  /** A sandbox that is gone already is deleted, too. */
  async deleteSandbox(id: string): Promise<void> {
    const call: Call = { method: 'DELETE', path: sandboxPath(id) };
    const answer = await this.#exchange(call);
    if (answer.status !== 404) assertSuccess(this.#name(call), answer);
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await this.#dispatcher.close();
  }

  async #fetch<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
    const answer = await this.#exchange(call);
    const named = this.#name(call);
    assertSuccess(named, answer);
    const parsed = schema.safeParse(tryJson(answer.text));
    if (!parsed.success) throw notAController(named, answer.contentType, answer.text);
    return parsed.data;
  }

  async #exchange(call: Call): Promise<Answer> {
    const named = this.#name(call);
    try {
      const { statusCode, headers, body } = await request(named.url, {
        method: call.method,
        headers: {
          authorization: `Bearer ${this.#options.token}`,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        dispatcher: this.#dispatcher,
        signal: AbortSignal.timeout(named.limitMs),
      });
      return {
        status: statusCode,
        contentType: String(headers['content-type'] ?? ''),
        text: await body.text(),
      };
    } catch (error) {
      throw unreachable(named, error);
    }
  }

  #name({ method, path, limitMs }: Call): NamedRequest {
    return {
      method,
      url: `${this.#base}${path}`,
      limitMs: limitMs ?? this.#options.limitMs ?? DEFAULT_LIMIT_MS,
    };
  }
}

function sandboxPath(id: string): string {
  return `/v1/sandboxes/${encodeURIComponent(id)}`;
}

function assertSuccess(named: NamedRequest, { status, contentType, text }: Answer): void {
  if (status >= 200 && status < 300) return;
  const reason = errorReply.safeParse(tryJson(text)).data?.error;
  if (status === 401) throw refused(named, status, reason ?? 'unauthorized');
  // Every refusal of a controller's handlers is JSON; HTML is somebody else's.
  if (contentType.includes('html')) throw notAController(named, contentType, text);
  throw refused(named, status, reason ?? (text.trim() || '(empty answer)'));
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new EnvironmentError(`'${url}' is no URL of a controller`, {
      hint: 'Give one such as http://127.0.0.1:8889.',
    });
  }
  return url.replace(/\/+$/, '');
}
