import { access } from 'node:fs/promises';

import { badRequest, notImplemented } from '../http/api-error.ts';
import { empty, json } from '../http/api-reply.ts';
import { checkContentType, jsonBody } from '../http/json-body.ts';
import type { ApiRequest, Routes } from '../http/routes.ts';
import { createSnapshotShape, isSafeTag, warmPythonShape } from './request-shapes.ts';
import { parseJson } from '../serde/parse-body.ts';
import type { SnapshotRow } from '../snapshots/snapshot.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';

export function snapshotRoutes(snapshots: SnapshotStore): Routes {
  return {
    '/v1/snapshots': {
      GET: () => json(200, snapshots.rows()),
      POST: async (request) => json(201, await createSnapshot(snapshots, request)),
    },
    '/v1/snapshots/:tag': {
      DELETE: async (request) => {
        await snapshots.delete(safeTag(request));
        return empty(204);
      },
    },
    '/v1/snapshots/:tag/info': { GET: (request) => json(200, snapshots.get(safeTag(request)).detail) },
    '/v1/snapshots/:tag/compact': {
      POST: (request) => {
        snapshots.get(safeTag(request));
        throw notImplemented('compacting a snapshot');
      },
    },
  };
}

async function createSnapshot(snapshots: SnapshotStore, request: ApiRequest): Promise<SnapshotRow> {
  checkContentType(request);
  const body = parseJson(request.body);
  if (typeof body !== 'object' || body === null || !('python' in body)) return refuseMachine(request);
  const { tag, python } = jsonBody(request, warmPythonShape);
  return snapshots.create(tag, python);
}

/** forkd's request for a microVM: forkd's own refusals as far as they go, then ours. */
async function refuseMachine(request: ApiRequest): Promise<never> {
  const { tag, kernel, rootfs } = jsonBody(request, createSnapshotShape);
  checkTag(tag);
  await checkExists('kernel', kernel);
  await checkExists('rootfs', rootfs);
  throw badRequest(
    'the embedded controller boots no kernel: it warms a Python environment; ' +
      'give {"tag", "python": "/path/to/venv/bin/python"}',
  );
}

function safeTag(request: ApiRequest): string {
  const tag = request.param('tag');
  checkTag(tag);
  return tag;
}

function checkTag(tag: string): void {
  if (!isSafeTag(tag)) throw badRequest('tag must be 1-64 chars, ASCII alnum or dash/underscore');
}

async function checkExists(what: string, path: string): Promise<void> {
  await access(path).catch(() => {
    throw badRequest(`${what} not found: ${path}`);
  });
}
