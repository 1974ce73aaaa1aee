import { rename } from 'node:fs/promises';
import { join } from 'node:path';

import { hasCode, messageOf } from '../faults/caught-error.ts';

/** Moves a log out of a folder that is about to be removed; where there is none, nothing is lost. */
export type KeepLog = (path: string, name: string) => Promise<void>;

export const keepNoLog: KeepLog = () => Promise.resolve();

export function keepLogsIn(folder: string, log: (line: string) => void): KeepLog {
  return async (path, name) => {
    try {
      await rename(path, join(folder, name));
    } catch (error) {
      // What can't be kept must not keep a sandbox from being removed.
      if (!hasCode(error, 'ENOENT')) log(`warning: ${path} could not be kept: ${messageOf(error)}`);
    }
  };
}
