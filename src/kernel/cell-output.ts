import { type Kernel, KernelMessage } from '@jupyterlab/services';

/** What a cell showed, or the exception that it raised. */
export type CellOutput =
  | { readonly kind: 'shown'; readonly text: string | null }
  | { readonly kind: 'raised'; readonly name: string; readonly message: string };

type ExecuteFuture = Kernel.IShellFuture<KernelMessage.IExecuteRequestMsg, KernelMessage.IExecuteReplyMsg>;

/**
 * Resolves when the reply and the idle status are there, which is after every output. The result's
 * `text/plain` is what the cell showed; without one, what it printed.
 */
export async function collectOutput(future: ExecuteFuture): Promise<CellOutput> {
  const output = new OutputCollector();
  future.onIOPub = (message) => {
    output.add(message);
  };
  const reply = await future.done;
  return output.finish(reply.content);
}

class OutputCollector {
  #result: string | undefined;
  #printed = '';

  add(message: KernelMessage.IIOPubMessage): void {
    if (KernelMessage.isExecuteResultMsg(message)) {
      this.#result = plainText(message.content.data['text/plain']);
    } else if (KernelMessage.isStreamMsg(message)) {
      this.#printed += message.content.text;
    }
  }

  finish(reply: KernelMessage.IExecuteReplyMsg['content']): CellOutput {
    if (reply.status === 'error') return { kind: 'raised', name: reply.ename, message: reply.evalue };
    if (reply.status === 'abort')
      return { kind: 'raised', name: 'Aborted', message: 'the kernel refused the cell' };
    return { kind: 'shown', text: this.#result ?? (this.#printed === '' ? null : this.#printed) };
  }
}

function plainText(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.join('');
  return typeof value === 'string' ? value : undefined;
}
