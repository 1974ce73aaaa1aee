import { constants, lstat, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { hasCode, messageOf } from '../faults/caught-error.ts';
import { environmentVariable } from '../process/environment-variable.ts';
import { EnvironmentError } from '../faults/errors.ts';
import { isAccessible } from '../process/is-accessible.ts';
import { freeMib } from '../files/disk-space.ts';
import { xdgFolder } from '../process/user-folders.ts';

export const ANOTHER_FOLDER = 'name another one: export FORKD_SPAWNER_CACHE_DIR=/a/folder/of/yours';
/** The largest environment takes some 530 MiB. */
const NEEDED_MIB = 640;
/** What Linux takes, less what the longest path in an environment needs. */
const LONGEST_BYTES = 4096 - 512;
/** venv refuses what ends a folder in PATH; scripts' first lines end at a line break. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[:\u0000-\u001f\u007f]/;

/** `$FORKD_SPAWNER_CACHE_DIR`, else the user's cache folder. Absolute; it need not be there. */
export function cacheFolder(): string {
  const own = environmentVariable('FORKD_SPAWNER_CACHE_DIR');
  const folder = own === undefined ? join(xdgFolder('XDG_CACHE_HOME', '.cache'), 'forkd-spawner') : resolve(own);
  if (FORBIDDEN.test(folder)) {
    throw unusable(folder, 'no Python environment works in a folder with a colon or a control character');
  }
  if (Buffer.byteLength(folder) > LONGEST_BYTES) {
    throw unusable(`${folder.slice(0, 60)}…`, `its path has more than ${LONGEST_BYTES} bytes`);
  }
  return folder;
}

/**
 * Proves that an environment can be made in a folder and run from it, in the first folder on the way
 * to it that is there. Nothing of the proof is left.
 */
export async function proveCacheFolder(folder: string): Promise<void> {
  await proveWritable(await existingFolder(folder), folder);
}

/** What pip says of a full disk comes late, and after other complaints. */
export async function requireSpaceIn(folder: string): Promise<void> {
  const free = await freeMib(await existingFolder(folder));
  if (free < NEEDED_MIB) throw unusable(folder, `it has ${free} MiB free, less than ${NEEDED_MIB}`);
}

async function existingFolder(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    const status = await lstat(path).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
      throw unusable(folder, messageOf(error));
    });
    if (status === undefined && dirname(path) !== path) continue;
    const target = await stat(path).catch(() => undefined);
    if (target === undefined) throw unusable(folder, `${path} is a link to nowhere`);
    if (!target.isDirectory()) throw unusable(folder, `${path} is no folder`);
    return path;
  }
}

async function proveWritable(existing: string, folder: string): Promise<void> {
  const made: string[] = [];
  try {
    const trial = await mkdtemp(join(existing, '.forkd-spawner-trial-'));
    made.push(trial);
    const program = join(trial, 'program');
    await writeFile(program, '#!/bin/sh\n', { mode: 0o700 });
    // The kernel says so of a file system that was mounted with noexec, to root as well.
    if (!(await isAccessible(program, constants.X_OK))) {
      throw unusable(folder, 'no program in it can be run (it is mounted with noexec)');
    }
  } catch (error) {
    throw error instanceof EnvironmentError ? error : unusable(folder, messageOf(error), error);
  } finally {
    for (const path of made) await rm(path, { recursive: true, force: true });
  }
}

function unusable(folder: string, reason: string, cause?: unknown): EnvironmentError {
  const shown = JSON.stringify(folder).slice(1, -1);
  return new EnvironmentError(`the cache folder ${shown} cannot be used: ${reason}`, {
    hint: ANOTHER_FOLDER,
    cause,
  });
}
