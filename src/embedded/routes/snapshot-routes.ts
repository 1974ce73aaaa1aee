import { access } from 'node:fs/promises';

import { z } from 'zod';

import { badRequest } from '../http/api-error.ts';
import { inShape, takesJson } from '../http/json-body.ts';
import type { ApiRequest, Routes } from '../http/routes.ts';
import { isSnapshotTag } from '../../forkd/snapshot-tag.ts';
import type { SnapshotRow } from '../snapshots/snapshot.ts';
import type { SnapshotStore } from '../snapshots/store.ts';

export function snapshotRoutes(snapshots: SnapshotStore): Routes {
  return {
    '/v1/snapshots': {
      GET: () => ({ status: 200, json: snapshots.rows() }),
      POST: takesJson(z.unknown(), async (body) => ({
        status: 201,
        json: await createSnapshot(snapshots, body),
      })),
    },
    '/v1/snapshots/:tag': {
      DELETE: async (request) => {
        await snapshots.delete(safeTag(request));
        return { status: 204 };
      },
    },
    '/v1/snapshots/:tag/info': {
      GET: (request) => ({ status: 200, json: snapshots.get(safeTag(request)).detail }),
    },
  };
}

/** What the embedded controller adds: a request to warm this Python environment. */
const warmPython = z.object({ tag: z.string(), python: z.string() });

async function createSnapshot(snapshots: SnapshotStore, body: unknown): Promise<SnapshotRow> {
  if (typeof body !== 'object' || body === null || !('python' in body)) return refuseMachine(body);
  const { tag, python } = inShape(warmPython, body);
  return snapshots.create(tag, python);
}

/** What forkd knows: a request to boot a microVM. */
const bootMachine = z.object({
  tag: z.string(),
  kernel: z.string(),
  rootfs: z.string(),
  rw: z.boolean().default(false),
  tap: z.string().nullable().default(null),
  boot_wait_secs: z.int().min(0).default(10),
});

/** Refuses to boot a microVM, with forkd's own refusals as far as they go, then with ours. */
async function refuseMachine(body: unknown): Promise<never> {
  const { tag, kernel, rootfs } = inShape(bootMachine, body);
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
  if (!isSnapshotTag(tag)) throw badRequest('tag must be 1-64 chars, ASCII alnum or dash/underscore');
}

async function checkExists(what: string, path: string): Promise<void> {
  await access(path).catch(() => {
    throw badRequest(`${what} not found: ${path}`);
  });
}
