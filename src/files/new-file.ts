import { join } from 'node:path';

import { hasCode } from '../faults/caught-error.ts';
import { withDraft } from './draft.ts';
import { placeNew } from './place-new.ts';

/** A name that we make: `<utc timestamp>-<what>.<ending>`, so that a folder's files sort by time. */
export interface TimedName {
  /** The time of the start, as ISO 8601 writes it. */
  readonly startedAt: string;
  /** What was measured, e.g. `5u-embedded`. */
  readonly what: string;
  /** The end of the file's name, with its dot. */
  readonly ending: string;
}

/** What a run is called behind its time. */
export function runLabel(users: number, backendKind: string): string {
  return `${users}u-${backendKind}`;
}

/** @returns the path of a file that nobody else has, whenever and wherever they began */
export async function storeNew(folder: string, name: TimedName, text: string): Promise<string> {
  return withDraft(folder, text, async (draft) => placeUnderFreeName(draft, folder, name));
}

/**
 * Whoever comes second takes the next name.
 * @returns the path that the finished file has now
 */
export async function placeUnderFreeName(draft: string, folder: string, name: TimedName): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const path = join(folder, fileName(name, attempt));
    try {
      await placeNew(draft, path);
      return path;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
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
