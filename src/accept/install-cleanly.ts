import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { makeTemporaryFolder } from '../files/temporary-folder.ts';
import { findPython } from '../python/find-python.ts';
import { installWheel } from '../python/own-wheel.ts';
import { pythonFile } from '../python/python-files.ts';
import { failureText, makeRunner } from '../python/run-tool.ts';
import type { Installation } from '../record/acceptance-record.ts';

/** This loads the spawner as a hub does it for `spawner_class = 'forkd'`. */
const LOAD = `
import json, platform
from importlib.metadata import entry_points, version
spawner = entry_points(group="jupyterhub.spawners")["forkd"].load()
print(json.dumps({
    "python": platform.python_version(),
    "jupyterhub": version("jupyterhub"),
    "spawner": spawner.__module__ + "." + spawner.__qualname__,
}))
`;

const loadedSchema = z.object({ python: z.string(), jupyterhub: z.string(), spawner: z.string() });

/** Installs our distribution and what it asks for, as on a hub's host, and removes it again. */
export async function installCleanly(signal: AbortSignal): Promise<Installation> {
  const run = makeRunner(signal);
  const folder = await makeTemporaryFolder('forkd-spawner-install-');
  const python = join(folder, 'bin', 'python');
  try {
    await run((await findPython(run)).path, ['-m', 'venv', folder]);
    // The versions are those that we have tried: what is tested is our distribution, not today's registry.
    await installWheel(python, run, ['--no-compile', '--constraint', pythonFile('requirements.lock')]);
    const { stdout } = await run(python, ['-c', LOAD]);
    return { status: 'installed', ...loadedSchema.parse(JSON.parse(stdout)) };
  } catch (cause) {
    signal.throwIfAborted();
    return { status: 'failed', cause: failureText(cause) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
