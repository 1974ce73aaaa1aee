import { execFile } from 'node:child_process';
import { constants, access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

import { hasCode } from '../caught-error.ts';
import { findPython } from '../python/find-python.ts';
import { failureText, makeRunner } from '../python/run-tool.ts';
import { cacheFolder } from '../python/environment-id.ts';
import { type Area, type Finding, notReady, ready } from './check.ts';
import type { Inspection } from './inspection.ts';

const SETUP = 'forkd-spawner setup';
const IMPORT = `
import forkd_jupyter_guest, jupyterhub
from forkd_jupyter_spawner import ForkdSpawner
print("JupyterHub", jupyterhub.__version__)
`;

export const PYTHON_AREA: Area = {
  name: 'python',
  checks: [
    { name: 'interpreter', look: lookAtInterpreter },
    { name: 'venv module', needs: ['interpreter'], look: lookAtVenv },
    { name: 'cache folder', look: lookAtCacheFolder },
    { name: 'environment', needs: ['interpreter'], look: lookAtEnvironment },
    { name: 'spawner and guest', needs: ['environment'], look: lookAtPackages },
  ],
};

async function lookAtInterpreter({ options }: Inspection): Promise<Finding> {
  const { path, version } = await findPython(makeRunner(options.signal));
  return ready(`${version}, ${path}`);
}

async function lookAtVenv({ options }: Inspection): Promise<Finding> {
  const run = makeRunner(options.signal);
  const { path } = await findPython(run);
  try {
    await run(path, ['-c', 'import venv, ensurepip']);
    return ready('venv and ensurepip can be imported');
  } catch (cause) {
    return notReady(failureText(cause, 1), 'sudo apt install python3-venv');
  }
}

/** It need not exist yet: the first folder above it that does must be writable. */
async function lookAtCacheFolder(): Promise<Finding> {
  const folder = cacheFolder();
  for (let existing = folder; ; existing = dirname(existing)) {
    try {
      await access(existing, constants.W_OK | constants.X_OK);
      return ready(folder);
    } catch (error) {
      if (hasCode(error, 'ENOENT') && dirname(existing) !== existing) continue;
      return notReady(`${folder} cannot be written to`, 'export FORKD_SPAWNER_CACHE_DIR=/a/folder/of/yours');
    }
  }
}

async function lookAtEnvironment({ environment }: Inspection): Promise<Finding> {
  const { state, directory } = await environment();
  switch (state) {
    case 'ready':
      return ready(directory);
    case 'stale':
      return notReady(`${directory} holds another release of ours`, SETUP);
    case 'missing':
      return notReady(`${directory} is not there, or was never finished`, SETUP);
  }
}

async function lookAtPackages({ environment, options }: Inspection): Promise<Finding> {
  const { python, directory } = await environment();
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', IMPORT], { signal: options.signal });
    return ready(`${stdout.trim()}, ForkdSpawner and its guest can be imported`);
  } catch (cause) {
    options.signal.throwIfAborted();
    return notReady(failureText(cause, 1), `rm -r ${directory} && ${SETUP}`);
  }
}
