import { constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { isAccessible } from '../is-accessible.ts';

/** The first of these programs that the PATH has, folder by folder; undefined where it has none. */
export async function findProgram(...names: readonly string[]): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  for (const candidate of candidates) {
    if (await isAccessible(candidate, constants.X_OK)) return candidate;
  }
  return undefined;
}
