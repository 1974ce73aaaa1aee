import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { EnvironmentError } from '../../src/faults/errors.ts';
import { ensurePythonEnvironment } from '../../src/python/python-environment.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'python-test-'));
  vi.stubEnv('FORKD_SPAWNER_CACHE_DIR', join(folder, 'cache'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A program that answers as this Python would, and otherwise runs `script`. */
async function fakePython(version: string, script: string): Promise<void> {
  const path = join(folder, 'python3');
  const answer = `if [ "$1" = -c ]; then echo ${path}; echo ${version}; exit 0; fi`;
  await writeFile(path, `#!/bin/sh\n${answer}\n${script}\n`);
  await chmod(path, 0o755);
  vi.stubEnv('FORKD_SPAWNER_PYTHON', path);
}

async function failure(): Promise<EnvironmentError> {
  const error: unknown = await ensurePythonEnvironment().catch((thrown: unknown) => thrown);
  if (!(error instanceof EnvironmentError)) throw error;
  return error;
}

describe('a Python environment that cannot be made says why', () => {
  it('without a python3', async () => {
    vi.stubEnv('PATH', folder);
    const { message, hint } = await failure();

    expect(message).toBe("there is no usable Python: 'python3' cannot be run");
    expect(hint).toContain('apt install python3 python3-venv');
  });

  it('with a Python that is too old', async () => {
    await fakePython('3.9.18', '');

    expect((await failure()).message).toContain('is Python 3.9.18; JupyterHub 6 needs 3.10 or newer');
  });

  it('without the venv module', async () => {
    await fakePython('3.11.7', 'echo "No module named venv" >&2; exit 1');
    const { message, hint } = await failure();

    expect(message).toContain('cannot make a virtual environment: No module named venv');
    expect(hint).toContain('apt install python3-venv');
  });

  it('without a registry', async () => {
    const pip = join(folder, 'pip');
    await writeFile(pip, '#!/bin/sh\necho "ERROR: No matching distribution" >&2; exit 1\n', { mode: 0o755 });
    await fakePython('3.11.7', `mkdir -p "$3/bin"; cp ${pip} "$3/bin/pip"`);
    const { message, hint } = await failure();

    expect(message).toBe('pip could not install requirements.lock:\nERROR: No matching distribution');
    expect(hint).toContain('registry');
  });

  it('with a cache folder that cannot be made', async () => {
    await writeFile(join(folder, 'cache'), 'a file');

    expect((await failure()).hint).toContain('FORKD_SPAWNER_CACHE_DIR');
  });
});
