import { environmentVariable } from '../process/environment-variable.ts';
import { EnvironmentError } from '../faults/errors.ts';
import type { Run } from './run-tool.ts';

const OLDEST = [3, 10] as const;

export interface Interpreter {
  readonly path: string;
  /** The version, as `3.11.7`. */
  readonly version: string;
}

const ASK = 'import platform, sys; print(sys.executable); print(platform.python_version())';

/** `$FORKD_SPAWNER_PYTHON`, else the `python3` of the search path. */
export async function findPython(run: Run): Promise<Interpreter> {
  const command = environmentVariable('FORKD_SPAWNER_PYTHON') ?? 'python3';
  const [path = '', version = ''] = (await ask(run, command)).trim().split('\n');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== OLDEST[0] || minor < OLDEST[1]) {
    throw new EnvironmentError(`${command} is Python ${version}; JupyterHub 6 needs 3.10 or newer`, {
      hint: 'install a newer Python and name it: FORKD_SPAWNER_PYTHON=/path/to/python3.12',
    });
  }
  return { path, version };
}

async function ask(run: Run, command: string): Promise<string> {
  try {
    return (await run(command, ['-c', ASK])).stdout;
  } catch (cause) {
    if (cause instanceof EnvironmentError || (cause instanceof Error && cause.name === 'AbortError')) {
      throw cause;
    }
    throw new EnvironmentError(`there is no usable Python: '${command}' cannot be run`, {
      hint: 'install Python 3.10 or newer (Debian: apt install python3 python3-venv), or name one in FORKD_SPAWNER_PYTHON',
      cause,
    });
  }
}
