import type { ApiReply } from './api-reply.ts';

export type Method = 'GET' | 'POST' | 'DELETE';

/** What a handler gets of a request. */
export interface ApiRequest {
  /** A named part of the path, e.g. `:id`. */
  readonly param: (name: string) => string;
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

export type Handler = (request: ApiRequest) => ApiReply | Promise<ApiReply>;

/** All handlers: path → method → handler. */
export type Routes = Readonly<Record<string, Partial<Readonly<Record<Method, Handler>>>>>;
