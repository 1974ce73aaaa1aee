import { access, constants } from 'node:fs/promises';
import { resolve } from 'node:path';

import { UsageError } from '../../faults/errors.ts';

/** What a local hub starts servers with. The last two are JupyterHub's own. */
const KNOWN_SPAWNERS: readonly string[] = ['forkd', 'simple', 'local'];

const IMPORT_PATH = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$/;

/** A spawner by its name, or any class as `package.module:Class`. */
export function parseSpawner(text: string): string {
  if (KNOWN_SPAWNERS.includes(text) || IMPORT_PATH.test(text)) return text;
  throw new UsageError(
    `--spawner must be ${KNOWN_SPAWNERS.join(', ')} or a class such as my_package.spawners:MySpawner, not '${text}'`,
  );
}

/** A class of somebody else's: nothing is known of what it starts. */
export function isForeign(spawner: string): boolean {
  return !KNOWN_SPAWNERS.includes(spawner);
}

/** The absolute path of the file with lines for the hub's configuration. */
export async function findHubConfig(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const path = resolve(file);
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new UsageError(`cannot read the file of --hub-config ${file}: ${String(cause)}`, { cause });
  });
  return path;
}
