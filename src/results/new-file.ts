import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { hasCode } from '../caught-error.ts';

/** A name that we make: `<utc timestamp>-<what>.<ending>`, so that a folder's files sort by time. */
export interface TimedName {
  /** As ISO 8601 has it. */
  readonly startedAt: string;
  /** What was measured, e.g. `5u-embedded`. */
  readonly what: string;
  /** With its dot. */
  readonly ending: string;
}

/** What a run is called behind its time. */
export function runLabel(users: number, backendKind: string): string {
  return `${users}u-${backendKind}`;
}

/** @returns the path of a file that nobody else has, whenever and wherever they began */
export async function storeNew(folder: string, name: TimedName, text: string): Promise<string> {
  return withFreeName(folder, name, (path) => writeFile(path, text, { flag: 'wx' }));
}

/**
 * `create` has to refuse to overwrite (EEXIST): whoever comes second then takes the next name.
 * @returns the path that was created
 */
export async function withFreeName(
  folder: string,
  name: TimedName,
  create: (path: string) => Promise<void>,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const path = join(folder, fileName(name, attempt));
    try {
      await create(path);
      return path;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) continue;
      // A disk that filled meanwhile has half of it.
      await rm(path, { force: true }).catch(() => undefined);
      throw error;
    }
  }
}

/**
 * The timestamp has no colons, which some systems don't take. What tells files of one millisecond
 * apart stands right behind it: names then still end in what was measured.
 */
function fileName({ startedAt, what, ending }: TimedName, attempt: number): string {
  const timestamp = startedAt.replaceAll(':', '-');
  return `${timestamp}${attempt === 1 ? '' : `-${attempt}`}-${what}${ending}`;
}
