import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { cacheFolder } from './cache-folder.ts';
import { type EnvironmentKind, LOCK_FILES } from './environment-kind.ts';
import type { Interpreter } from './find-python.ts';
import { carriedWheel } from './own-wheel.ts';
import { pythonFile } from './python-files.ts';

const ID_LENGTH = 12;

/** One folder for each interpreter and set of packages: a change of either makes another one. */
export async function environmentFolder(python: Interpreter, kind: EnvironmentKind): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([python, process.platform, process.arch]));
  for (const { file } of LOCK_FILES[kind]) {
    hash.update(await readFile(pythonFile(file)));
  }
  return join(cacheFolder(), `${kind}-${hash.digest('hex').slice(0, ID_LENGTH)}`);
}

/**
 * A digest that changes with what would be installed of ours, not with where the clone is: clones
 * share a cache.
 */
export async function sourceHash(): Promise<string> {
  const wheel = await carriedWheel();
  const files = wheel === undefined ? await sourceFiles() : [wheel];
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(relative(pythonFile(), file)).update(await readFile(file));
  }
  return hash.digest('hex');
}

async function sourceFiles(): Promise<readonly string[]> {
  const entries = await readdir(pythonFile('src'), { recursive: true, withFileTypes: true });
  const modules = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'));
  const paths = modules.map(({ parentPath, name }) => join(parentPath, name));
  return [pythonFile('pyproject.toml'), ...paths.sort()];
}
