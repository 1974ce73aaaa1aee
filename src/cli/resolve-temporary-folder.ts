import { resolve } from 'node:path';

/** As `os.tmpdir` looks for it. */
const VARIABLES = ['TMPDIR', 'TMP', 'TEMP'];

/** Children run in other folders: there a relative path would lead elsewhere. */
export function resolveTemporaryFolder(environment: NodeJS.ProcessEnv = process.env): void {
  for (const name of VARIABLES) {
    const given = environment[name];
    if (given !== undefined && given !== '') environment[name] = resolve(given);
  }
}
