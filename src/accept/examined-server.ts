import type { Connections } from '../bench/target/connect-ports.ts';
import { serverIdentity } from '../bench/target/sandbox-identity.ts';
import { untilReady } from '../bench/target/until-ready.ts';
import { messageOf } from '../faults/caught-error.ts';
import { connectionOf } from '../kernel/connection-info.ts';
import { sendForgeries } from '../kernel/forged-messages.ts';
import { connectKernelSession, type KernelSession, startKernelSession } from '../kernel/kernel-session.ts';
import type { ExaminedUser, Forgery } from '../record/acceptance-record.ts';
import { digest, MARKS_CELL, parseMarks } from './marks.ts';

type Examined = Pick<Connections, 'hub' | 'serverState'>;

/** One user's server, over the hub's restart: what it is before, and whether it is the same after. */
export class ExaminedServer {
  readonly user: string;
  readonly #connections: Examined;
  readonly #signal: AbortSignal;
  /** The variable that must survive, and what it must be worth. */
  readonly #kept: number;
  #token = '';
  #kernelId = '';

  constructor(user: string, kept: number, connections: Examined, signal: AbortSignal) {
    this.user = user;
    this.#kept = kept;
    this.#connections = connections;
    this.#signal = signal;
  }

  /** Starts it and its kernel; rejects with the hub's reason. */
  async start(): Promise<void> {
    const { hub } = this.#connections;
    this.#token = await hub.createToken(this.user, this.#signal);
    await hub.requestServer(this.user, this.#signal);
    await untilReady(hub.serverProgress(this.user, this.#signal));
  }

  async examine(tagOf: (sandboxId: string) => Promise<string | undefined>): Promise<ExaminedUser> {
    const { user } = this;
    const kernel = await startKernelSession(this.#target(), this.#signal);
    this.#kernelId = kernel.kernelId;
    const marks = parseMarks(await run(kernel, `kept = ${this.#kept}\n${MARKS_CELL}`));
    const state = await this.#connections.serverState(user);
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
      const { sandboxId } = serverIdentity(await this.#connections.serverState(this.user));
      const kernel = await connectKernelSession(this.#target(), this.#kernelId, this.#signal);
      const actual = await run(kernel, 'kept + 1');
      return { ...(sandboxId !== undefined && { sandboxIdAfter: sandboxId }), expected, actual };
    } catch (cause) {
      return { expected, actual: null, error: messageOf(cause) };
    }
  }

  #target(): { readonly serverUrl: string; readonly token: string } {
    return { serverUrl: this.#connections.hub.serverUrl(this.user), token: this.#token };
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
