import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

import { environmentVariable } from './environment-variable.ts';
import { EnvironmentError } from '../faults/errors.ts';

/**
 * A folder of the user's as the XDG specification has it. A relative one there is as good as none.
 *
 * ref: https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function xdgFolder(
  variable: 'XDG_CACHE_HOME' | 'XDG_DATA_HOME',
  ...inHome: readonly string[]
): string {
  const named = environmentVariable(variable);
  return named !== undefined && isAbsolute(named) ? named : join(homeFolder(), ...inHome);
}

function homeFolder(): string {
  const home = environmentVariable('HOME') ?? registeredHome();
  if (isAbsolute(home)) return home;
  throw new EnvironmentError(`HOME is '${home}', which is no absolute path`, {
    hint: 'export HOME=/the/folder/of/yours',
  });
}

function registeredHome(): string {
  try {
    return userInfo().homedir;
  } catch (cause) {
    throw new EnvironmentError('HOME is not set, and the system knows no home of this user', {
      hint: 'export HOME=/a/folder/of/yours',
      cause,
    });
  }
}

/**
 * The temporary folder, absolute even where TMPDIR isn't: most of its users are processes in other
 * folders.
 */
export function temporaryFolder(): string {
  return resolve(tmpdir());
}
