import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { EnvironmentError } from '../faults/errors.ts';
import { folderUsage } from '../files/disk-space.ts';
import type { ProcessMentions } from '../process/process-mentions.ts';
import { cacheFolder } from '../python/cache-folder.ts';
import { environmentFolder } from '../python/environment-id.ts';
import { ENVIRONMENT_KINDS } from '../python/environment-kind.ts';
import { lockOwner } from '../python/environment-lock.ts';
import { findPython } from '../python/find-python.ts';
import { makeRunner } from '../python/run-tool.ts';
import type { Remnant } from './remnant.ts';

const NAME = /^(run|test|test-hub5)-[0-9a-f]{12}$/;

/** The cached Python environments that this release doesn't use, or all of them. */
export async function findEnvironments(
  { all, signal }: { readonly all: boolean; readonly signal: AbortSignal },
  mentions: ProcessMentions,
): Promise<readonly Remnant[]> {
  const cache = cacheFolder();
  const names = (await readdir(cache).catch(() => [])).filter((name) => NAME.test(name));
  if (names.length === 0) return [];
  const current = all ? new Set<string>() : await currentEnvironments(signal);
  const unneeded = names.map((name) => join(cache, name)).filter((path) => !current.has(path));
  const reason = all ? 'all are to go' : 'of another release or interpreter';
  return Promise.all(unneeded.map(async (path) => describe(path, reason, mentions)));
}

async function currentEnvironments(signal: AbortSignal): Promise<ReadonlySet<string>> {
  const python = await findPython(makeRunner(signal));
  return new Set(await Promise.all(ENVIRONMENT_KINDS.map(async (kind) => environmentFolder(python, kind))));
}

async function describe(path: string, reason: string, mentions: ProcessMentions): Promise<Remnant> {
  const inUse = (await ownerOf(path)) ?? mentions.of(`${path}/`);
  const found = {
    kind: 'environment',
    path,
    sizeMib: Math.round((await folderUsage(path)).mib),
    reason,
  } as const;
  return { ...found, ...(inUse !== undefined && { inUse }) };
}

/** What can't be locked can't be removed either, and the message says what is in the way. */
async function ownerOf(path: string): Promise<string | undefined> {
  try {
    const owner = await lockOwner(path);
    return owner && `${owner} prepares it`;
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
}
