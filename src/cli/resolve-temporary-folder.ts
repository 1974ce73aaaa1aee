import { isAbsolute, resolve } from 'node:path';

import { EnvironmentError } from '../faults/errors.ts';

/** The variables that name the temporary folder, in the order of `os.tmpdir`. */
const VARIABLES = ['TMPDIR', 'TMP', 'TEMP'];

/**
 * Makes the temporary folder's path absolute: children run in other folders, where a relative path
 * leads elsewhere.
 */
export function resolveTemporaryFolder(environment: NodeJS.ProcessEnv = process.env): void {
  for (const name of VARIABLES) {
    const given = environment[name];
    if (given !== undefined && given !== '') environment[name] = absolute(name, given);
  }
}

function absolute(name: string, given: string): string {
  if (isAbsolute(given)) return resolve(given);
  try {
    return resolve(given);
  } catch (cause) {
    throw new EnvironmentError(`${name}=${given} leads nowhere: the working folder has been removed`, {
      hint: `change to a folder that is there, or export ${name}=/a/folder/of/yours`,
      cause,
    });
  }
}
