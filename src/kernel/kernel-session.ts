import { KernelAPI, KernelConnection, type ServerConnection } from '@jupyterlab/services';

import { type CellOutput, collectOutput } from './cell-output.ts';
import { makeServerSettings, type ServerTarget, type SocketLoss } from './server-settings.ts';
import { untilAborted } from '../time/until-aborted.ts';

/** One user's first kernel, as JupyterLab's own client sees it. */
export interface KernelSession {
  readonly kernelId: string;
  /** Resolves when the WebSocket is open. */
  connected(): Promise<void>;
  /** Resolves with the `kernel_info_reply` and never before it. */
  ready(): Promise<void>;
  /** Runs a cell until its reply, its output and the idle status have all arrived. */
  execute(code: string): Promise<CellOutput>;
  /** The kernel's own session, from its last message: the ZMQ ports of the same kernel show the same. */
  kernelSession(): string | undefined;
  /** Resolves when the new kernel has answered `kernel_info`; only cells may follow, and no loss is noticed. */
  restart(): Promise<void>;
  dispose(): void;
}

/**
 * Creates a kernel and begins to connect to it. `KernelManager` would do the same but polls the
 * list of kernels meanwhile, which a measurement must not.
 *
 * `signal` ends every wait; a WebSocket that is refused or lost ends them too, because the client
 * would otherwise go on reconnecting silently.
 */
export async function startKernelSession(target: ServerTarget, signal: AbortSignal): Promise<KernelSession> {
  return openSession(target, signal, (settings) => KernelAPI.startNew({}, settings));
}

/** The same with a kernel that runs already. */
export async function connectKernelSession(
  target: ServerTarget,
  kernelId: string,
  signal: AbortSignal,
): Promise<KernelSession> {
  return openSession(target, signal, async (settings) => {
    const model = await KernelAPI.getKernelModel(kernelId, settings);
    if (model === undefined) throw new Error(`there is no kernel ${kernelId}`);
    return model;
  });
}

async function openSession(
  target: ServerTarget,
  signal: AbortSignal,
  findKernel: (settings: ServerConnection.ISettings) => Promise<KernelAPI.IModel>,
): Promise<KernelSession> {
  const loss = new AbortController();
  const sockets = { mayClose: false };
  const ended = AbortSignal.any([signal, loss.signal]);
  const onLoss: SocketLoss = (error) => {
    if (!sockets.mayClose) loss.abort(error);
  };
  const settings = makeServerSettings(target, ended, onLoss);
  const model = await untilAborted(findKernel(settings), ended);
  return new ConnectedKernel(model, settings, ended, sockets);
}

class ConnectedKernel implements KernelSession {
  readonly kernelId: string;
  readonly #connection: KernelConnection;
  readonly #ended: AbortSignal;
  readonly #sockets: { mayClose: boolean };
  #kernelSession: string | undefined;

  constructor(
    model: KernelAPI.IModel,
    serverSettings: ServerConnection.ISettings,
    ended: AbortSignal,
    sockets: { mayClose: boolean },
  ) {
    this.#sockets = sockets;
    this.kernelId = model.id;
    this.#ended = ended;
    this.#connection = new KernelConnection({ model, serverSettings });
    this.#connection.anyMessage.connect((_, { msg, direction }) => {
      if (direction === 'recv') this.#kernelSession = msg.header.session;
    });
  }

  async connected(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#connection.connectionStatusChanged.connect((_, status) => {
      if (status === 'connected') resolve(undefined);
    });
    if (this.#connection.connectionStatus === 'connected') return;
    await untilAborted(promise, this.#ended);
  }

  // The client sends queued cells 3 s after connecting even when kernel_info was never answered;
  // waiting for `info` first means that nothing is ever queued.
  // ref: @jupyterlab/services, kernel/default.ts, DEFAULT_KERNEL_INFO_TIMEOUT
  async ready(): Promise<void> {
    await untilAborted(this.#connection.info, this.#ended);
  }

  async execute(code: string): Promise<CellOutput> {
    const future = this.#connection.requestExecute({ code, allow_stdin: false });
    return untilAborted(collectOutput(future), this.#ended);
  }

  kernelSession(): string | undefined {
    return this.#kernelSession;
  }

  // JupyterLab's client takes another socket after a restart; the old one's end may come any time later.
  async restart(): Promise<void> {
    this.#sockets.mayClose = true;
    await untilAborted(this.#connection.restart(), this.#ended);
    await untilAborted(this.#connection.requestKernelInfo(), this.#ended);
  }

  dispose(): void {
    this.#connection.dispose();
  }
}
