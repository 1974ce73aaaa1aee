import { notImplemented } from '../http/api-error.ts';
import type { Handler, Method, Routes } from '../http/routes.ts';

/**
 * The routes of forkd that need a microVM's memory in a file.
 * ref: forkd's router in crates/forkd-controller/src/http.rs
 */
const UNSERVED: Readonly<Record<string, readonly Method[]>> = {
  '/v1/sandboxes/:id/branch': ['POST'],
  '/v1/snapshots/:tag/compact': ['POST'],
  '/v1/workspaces': ['GET', 'POST'],
  '/v1/workspaces/:name': ['GET', 'DELETE'],
  '/v1/workspaces/:name/suspend': ['POST'],
  '/v1/workspaces/:name/resume': ['POST'],
};

/** One answer for all of them, whatever they are asked. */
export function unservedRoutes(): Routes {
  return Object.fromEntries(
    Object.entries(UNSERVED).map(([path, methods]) => [
      path,
      Object.fromEntries(methods.map((method) => [method, refuse(method, path)])),
    ]),
  );
}

function refuse(method: Method, path: string): Handler {
  return () => {
    throw notImplemented(method, path);
  };
}
