import { ensurePythonEnvironment } from '../../src/python/python-environment.ts';

/** The interpreter that has our guest and JupyterHub: the one named by the environment, or the project's own. */
export async function testPython(): Promise<string> {
  const named = process.env['FORKD_SPAWNER_TEST_PYTHON'];
  if (named !== undefined && named !== '') return named;
  const { python } = await ensurePythonEnvironment();
  return python;
}
