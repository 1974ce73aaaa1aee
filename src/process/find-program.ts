import { constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { environmentVariable } from './environment-variable.ts';
import { isAccessible } from './is-accessible.ts';

/** The first of these programs that the PATH has, folder by folder; undefined where it has none. */
export async function findProgram(...names: readonly string[]): Promise<string | undefined> {
  // An empty entry would be the working folder, in which anybody may have put anything.
  const folders = (environmentVariable('PATH') ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  for (const candidate of candidates) {
    if (await isAccessible(candidate, constants.X_OK)) return candidate;
  }
  return undefined;
}
