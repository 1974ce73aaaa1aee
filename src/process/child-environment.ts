/**
 * Our environment for a Python child. Without compiled modules every start would compile them anew,
 * so a machine's wish not to write any stays with its own commands.
 */
export function pythonChildEnvironment(): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  delete environment['PYTHONDONTWRITEBYTECODE'];
  return environment;
}
