import { environmentVariable } from './environment-variable.ts';
import { temporaryFolder } from './user-folders.ts';

/**
 * Our environment for a Python child. Without compiled modules every start would compile them anew,
 * so a machine's wish not to write any stays with its own commands.
 *
 * The folder for what is temporary is named in full: the child works in another folder than we do.
 */
export function pythonChildEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  delete environment['PYTHONDONTWRITEBYTECODE'];
  if (environmentVariable('TMPDIR') !== undefined) environment['TMPDIR'] = temporaryFolder();
  return environment;
}
