import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { cacheFolder, proveCacheFolder } from '../python/cache-folder.ts';
import { findPython } from '../python/find-python.ts';
import { lockOwner } from '../python/environment-lock.ts';
import { failureText, makeRunner } from '../python/run-tool.ts';
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

async function lookAtCacheFolder(): Promise<Finding> {
  const folder = cacheFolder();
  await proveCacheFolder(folder);
  return ready(folder);
}

async function lookAtEnvironment({ environment }: Inspection): Promise<Finding> {
  const { state, directory } = await environment();
  // Asked also where all is ready: what stands in the lock's place keeps runs from starting.
  const owner = await lockOwner(directory);
  if (state !== 'ready' && owner !== undefined) {
    return notReady(`${directory} is being prepared by ${owner}`, 'wait for it, then run doctor again');
  }
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
