import { cp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { EnvironmentError } from '../faults/errors.ts';
import { makeTemporaryFolder } from '../files/temporary-folder.ts';
import { pythonFile } from './python-files.ts';
import { type Run, failureText } from './run-tool.ts';

/** The options with which pip installs into an environment that has all it needs. */
const ALONE = ['--no-deps', '--force-reinstall'];

/** Installs our own distribution: from the wheel that the npm package carries, else from the sources. */
export async function installWheel(python: string, run: Run, flags: readonly string[] = ALONE): Promise<void> {
  const carried = await carriedWheel();
  if (carried === undefined) {
    await withSourcesCopied(async (sources) => install(python, sources, run, flags));
  } else {
    await install(python, carried, run, flags);
  }
}

/** The wheel in the npm package; undefined in a clone. */
export async function carriedWheel(): Promise<string | undefined> {
  const files = await readdir(pythonFile('dist')).catch(() => []);
  const wheel = files.find((name) => name.endsWith('.whl'));
  return wheel === undefined ? undefined : pythonFile('dist', wheel);
}

/** Puts what pip would install of ours into a folder: the wheel, else a folder with the sources. */
export async function copyOwnDistribution(into: string): Promise<void> {
  const carried = await carriedWheel();
  if (carried === undefined) await copySources(join(into, 'sources'));
  else await cp(carried, join(into, basename(carried)));
}

async function copySources(into: string): Promise<void> {
  for (const name of ['pyproject.toml', 'README.md', 'src']) {
    await cp(pythonFile(name), join(into, name), { recursive: true });
  }
}

/** Copies the sources, because building writes beside them. */
async function withSourcesCopied(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await makeTemporaryFolder('forkd-spawner-wheel-');
  try {
    await copySources(folder);
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function install(python: string, source: string, run: Run, flags: readonly string[]): Promise<void> {
  try {
    await run(python, ['-m', 'pip', 'install', '--quiet', ...flags, source]);
  } catch (cause) {
    throw new EnvironmentError(`pip could not install forkd-jupyter-spawner:\n${failureText(cause)}`, {
      hint: 'is a Python package registry reachable? it builds with hatchling',
      cause,
    });
  }
}
