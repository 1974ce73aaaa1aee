import { access, constants } from 'node:fs/promises';
import { resolve } from 'node:path';

import { UsageError } from '../../faults/errors.ts';
import type { Comparison } from '../../record/comparison.ts';

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

interface ComparisonFlags {
  readonly floor?: boolean;
  readonly baseline?: boolean;
  readonly spawner: string;
}

/** What our own spawner is compared with. */
export function parseComparisons({ floor, baseline, spawner }: ComparisonFlags): readonly Comparison[] {
  const wanted: Comparison[] = [
    ...(floor === true ? (['floor'] as const) : []),
    ...(baseline === true ? (['baseline'] as const) : []),
  ];
  if (wanted.length > 0 && spawner !== 'forkd') {
    throw new UsageError(`--${wanted.join(' and --')} cannot be measured with --spawner ${spawner}`, {
      hint: 'they are what ForkdSpawner is compared with: leave --spawner out',
    });
  }
  return wanted;
}
