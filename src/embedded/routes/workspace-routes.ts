import { notFound, notImplemented } from '../http/api-error.ts';
import { json } from '../http/api-reply.ts';
import { checkContentType } from '../http/json-body.ts';
import type { Handler, Routes } from '../http/routes.ts';
import { parseJson } from '../serde/parse-body.ts';

/** Workspaces need snapshots of running sandboxes: there are none, and none can be made. */
export function workspaceRoutes(): Routes {
  const unknown: Handler = (request) => {
    throw notFound(`workspace ${request.param('name')}`);
  };
  return {
    '/v1/workspaces': {
      GET: () => json(200, []),
      POST: (request) => {
        checkContentType(request);
        parseJson(request.body);
        throw notImplemented('a workspace');
      },
    },
    '/v1/workspaces/:name': { GET: unknown, DELETE: unknown },
    '/v1/workspaces/:name/suspend': { POST: unknown },
    '/v1/workspaces/:name/resume': { POST: unknown },
  };
}
