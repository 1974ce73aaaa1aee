import type { ServerTiming } from '../../forkd/server-timing.ts';

export type Method = 'GET' | 'POST' | 'DELETE';

/** What a handler gets of a request. */
export interface ApiRequest {
  /** A named part of the path, e.g. `:id`. */
  readonly param: (name: string) => string;
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

/** What a handler answers with; at most one of `json` and `text`. */
export interface ApiReply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: { readonly body: string; readonly contentType: string };
  /** Where the time went. It is sent as a header, since forkd's bodies are its contract. */
  readonly timing?: ServerTiming;
}

export type Handler = (request: ApiRequest) => ApiReply | Promise<ApiReply>;

/** All handlers: path → method → handler. */
export type Routes = Readonly<Record<string, Partial<Readonly<Record<Method, Handler>>>>>;
