import { ServerConnection } from '@jupyterlab/services';

import { messageOf } from '../faults/caught-error.ts';
import { shortageText } from '../faults/shortages.ts';
import { observeConnecting } from './connect-errors.ts';

export interface ServerTarget {
  /** The user's server through the hub's proxy, with a closing slash: `http://…/user/alice/`. */
  readonly serverUrl: string;
  readonly token: string;
}

/** It is told once when a WebSocket is refused or closed without our doing. */
export type SocketLoss = (error: Error) => void;

/**
 * Settings for Node, whose `fetch` keeps connections alive. The token is appended to the
 * WebSocket's URL as JupyterLab does it; JupyterHub takes it from there only when the request says
 * `Sec-Fetch-Mode: websocket`, as browsers and Node's own WebSocket do and the `ws` package doesn't.
 * ref: jupyterhub, services/auth.py, `_get_token_url`
 */
export function makeServerSettings(
  { serverUrl, token }: ServerTarget,
  signal: AbortSignal,
  onLoss: SocketLoss,
): ServerConnection.ISettings {
  return ServerConnection.makeSettings({
    baseUrl: serverUrl,
    token,
    appendToken: true,
    init: { cache: 'no-store', signal },
    fetch: explainingFetch,
    WebSocket: observeSockets(globalThis.WebSocket, onLoss),
  });
}

/** JupyterLab's client keeps an error's message and drops its cause, in which `fetch` says what went wrong. */
async function explainingFetch(...args: Parameters<typeof fetch>): Promise<Response> {
  try {
    return await fetch(...args);
  } catch (error) {
    if (!(error instanceof TypeError) || error.cause === undefined) throw error;
    const reason = shortageText(error) ?? `${error.message}: ${messageOf(error.cause)}`;
    throw new TypeError(reason, { cause: error });
  }
}

/** JupyterLab's client retries a refused or lost socket without a word; a measurement must hear of it. */
function observeSockets(
  Socket: ServerConnection.ISettings['WebSocket'],
  onLoss: SocketLoss,
): ServerConnection.ISettings['WebSocket'] {
  return class ObservedSocket extends Socket {
    constructor(...[url, protocols]: ConstructorParameters<typeof Socket>) {
      const connectError = observeConnecting(url);
      super(url, protocols);
      this.addEventListener('error', (event) => {
        const cause = connectError();
        onLoss(new Error(`the kernel's WebSocket failed: ${describe(event, cause)}`, { cause }));
      });
      this.addEventListener('close', ({ code, reason }) => {
        onLoss(new Error(`the kernel's WebSocket was closed with code ${code} ${reason}`.trimEnd()));
      });
    }
  };
}

/** Node's WebSocket, like a browser's, hardly says why: what it says is better than nothing. */
function describe(event: Event, connectError: Error | undefined): string {
  if (connectError !== undefined) return messageOf(connectError);
  const message = 'message' in event && typeof event.message === 'string' ? event.message : '';
  return message === '' ? 'the server refused it or broke it off' : message;
}
