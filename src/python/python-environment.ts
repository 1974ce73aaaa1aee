import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { z } from 'zod';

import { proveCacheFolder, requireSpaceIn } from './cache-folder.ts';
import { environmentFolder, sourceHash } from './environment-id.ts';
import { withEnvironmentLock } from './environment-lock.ts';
import type { EnvironmentKind } from './environment-kind.ts';
import { findPython } from './find-python.ts';
import { installWheel } from './own-wheel.ts';
import { type Run, makeRunner } from './run-tool.ts';
import { readStamp, writeStamp } from './stamp.ts';
import { makeVirtualEnvironment } from './virtual-environment.ts';

export interface PythonEnvironment {
  /** The interpreter. */
  readonly python: string;
  /** The folder of `jupyterhub`, `jupyterhub-singleuser` and the like. */
  readonly binDir: string;
  readonly directory: string;
  /** Installed versions by distribution name. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface EnvironmentOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
  /** The kind of environment; default: what runs need. */
  readonly kind?: EnvironmentKind;
}

/**
 * The Python environment that runs run in: made in the user's cache folder when it is missing, mended
 * when the lock file, the interpreter or our own Python sources have changed, else used as it is.
 */
export async function ensurePythonEnvironment(options: EnvironmentOptions = {}): Promise<PythonEnvironment> {
  const python = await findPython(makeRunner(options.signal));
  const directory = await environmentFolder(python, options.kind ?? 'run');
  return withEnvironmentLock(directory, options, async (lock) => {
    // What still writes to the folder holds the lock, whatever becomes of us.
    const run = makeRunner(options.signal, [lock.fd]);
    return prepare({ ...options, run, python, directory });
  });
}

interface Preparation extends EnvironmentOptions {
  readonly run: Run;
  readonly python: { readonly path: string; readonly version: string };
  readonly directory: string;
}

/** Completes an environment. Its stamps say how far it is: one without the first stamp is made anew. */
async function prepare(preparation: Preparation): Promise<PythonEnvironment> {
  const { directory, python, run, kind = 'run', onProgress = () => undefined } = preparation;
  const environment = { python: join(directory, 'bin', 'python'), binDir: join(directory, 'bin'), directory };
  if ((await readStamp(directory, 'packages')) === undefined) {
    await proveCacheFolder(dirname(directory));
    await requireSpaceIn(dirname(directory));
    await makeVirtualEnvironment({ directory, python: python.path, kind, run, onProgress });
    await writeStamp(directory, 'packages', python.version);
  }
  const sources = await sourceHash();
  if ((await readStamp(directory, 'wheel')) !== sources) {
    onProgress('installing forkd-jupyter-spawner');
    await installWheel(environment.python, run);
    await writeVersions(environment, run);
    await writeStamp(directory, 'wheel', sources);
  }
  return { ...environment, versions: await readVersions(directory) };
}

const versionsSchema = z.record(z.string(), z.string());

const LIST_VERSIONS = `
import importlib.metadata, json
print(json.dumps({d.name: d.version for d in importlib.metadata.distributions()}))
`;

async function writeVersions({ python, directory }: { python: string; directory: string }, run: Run): Promise<void> {
  const { stdout } = await run(python, ['-c', LIST_VERSIONS]);
  await writeStamp(directory, 'versions', stdout);
}

async function readVersions(directory: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(directory, '.forkd-spawner-versions'), 'utf8');
  return versionsSchema.parse(JSON.parse(text));
}
