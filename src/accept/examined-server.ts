import { serverState } from '../bench/connect-hub.ts';
import { serverIdentity } from '../bench/sandbox-identity.ts';
import { connectionOf } from '../kernel/connection-info.ts';
import { sendForgeries } from '../kernel/forged-messages.ts';
import { connectKernelSession, type KernelSession, startKernelSession } from '../kernel/kernel-session.ts';
import type { HubClient } from '../hub/hub-client.ts';
import { defaultServer, serverUrlPath } from '../hub/server-name.ts';
import type { ExaminedUser, Forgery } from '../results/acceptance-record.ts';
import { digest, MARKS_CELL, parseMarks } from './marks.ts';

const TOKEN_LIFETIME_S = 3600;

/** One user's server, over the hub's restart: what it is before, and whether it is the same after. */
export class ExaminedServer {
  readonly user: string;
  readonly #client: HubClient;
  readonly #signal: AbortSignal;
  /** The variable that must survive, and what it must be worth. */
  readonly #kept: number;
  #token = '';
  #kernelId = '';

  constructor(user: string, kept: number, client: HubClient, signal: AbortSignal) {
    this.user = user;
    this.#kept = kept;
    this.#client = client;
    this.#signal = signal;
  }

  /** Starts it and its kernel; rejects with the hub's reason. */
  async start(): Promise<void> {
    const note = { note: 'forkd-spawner accept', expiresInS: TOKEN_LIFETIME_S };
    this.#token = await this.#client.createUserToken(this.user, note, this.#signal);
    const server = defaultServer(this.user);
    await this.#client.requestServer(server, this.#signal);
    for await (const event of this.#client.serverProgress(server, this.#signal)) {
      if (event.failed === true) throw new Error(event.message);
      if (event.ready === true) return;
    }
    throw new Error("the hub's progress stream ended before the server was ready");
  }

  async examine(tagOf: (sandboxId: string) => Promise<string | undefined>): Promise<ExaminedUser> {
    const { user } = this;
    const kernel = await startKernelSession(this.#target(), this.#signal);
    this.#kernelId = kernel.kernelId;
    const marks = parseMarks(await run(kernel, `kept = ${this.#kept}\n${MARKS_CELL}`));
    const state = await serverState(this.#client, user);
    const connection = connectionOf(state);
    const { sandboxId } = serverIdentity(state);
    const snapshotTag = sandboxId === undefined ? undefined : await tagOf(sandboxId);
    return {
      user,
      ...(sandboxId !== undefined && { sandboxId }),
      ...(snapshotTag !== undefined && { snapshotTag }),
      forgery: await forge(connection),
      marks: { ...marks, ...(connection !== undefined && { 'kernel key': digest(connection.key) }) },
    };
  }

  /** After the hub came back: the same sandbox, and in the same kernel the same variable. */
  async examineAgain(): Promise<NonNullable<ExaminedUser['restart']>> {
    const expected = String(this.#kept + 1);
    try {
      const { sandboxId } = serverIdentity(await serverState(this.#client, this.user));
      const kernel = await connectKernelSession(this.#target(), this.#kernelId, this.#signal);
      const actual = await run(kernel, 'kept + 1');
      return { ...(sandboxId !== undefined && { sandboxIdAfter: sandboxId }), expected, actual };
    } catch (cause) {
      return { expected, actual: null, error: messageOf(cause) };
    }
  }

  #target(): { readonly serverUrl: string; readonly token: string } {
    return {
      serverUrl: this.#client.url + serverUrlPath(defaultServer(this.user)),
      token: this.#token,
    };
  }
}

async function run(kernel: KernelSession, code: string): Promise<string | null> {
  try {
    await kernel.connected();
    await kernel.ready();
    const output = await kernel.execute(code);
    if (output.kind === 'shown') return output.text;
    throw new Error(`the cell raised ${output.name}: ${output.message}`);
  } finally {
    kernel.dispose();
  }
}

async function forge(connection: ReturnType<typeof connectionOf>): Promise<Forgery> {
  if (connection === undefined) {
    return { status: 'failed', cause: "the spawner's state names no kernel connection" };
  }
  try {
    const { sent, answered } = await sendForgeries(connection);
    return answered.length > 0
      ? { status: 'answered', kinds: [...answered] }
      : { status: 'ignored', kinds: [...sent] };
  } catch (cause) {
    return { status: 'failed', cause: messageOf(cause) };
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
