import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { EnvironmentError } from '../faults/errors.ts';
import { makeFolder } from '../files/make-folder.ts';
import { type EnvironmentKind, LOCK_FILES } from './environment-kind.ts';
import { pythonFile } from './python-files.ts';
import { type Run, failureText } from './run-tool.ts';

export interface VirtualEnvironmentOptions {
  readonly directory: string;
  /** The interpreter to base it on. */
  readonly python: string;
  readonly kind: EnvironmentKind;
  readonly run: Run;
  readonly onProgress: (message: string) => void;
}

/** Makes it from nothing; what an interrupted attempt left there is removed first. */
export async function makeVirtualEnvironment(options: VirtualEnvironmentOptions): Promise<void> {
  const { directory, python, kind, run, onProgress } = options;
  onProgress(`making a Python environment in ${directory}`);
  await rm(directory, { recursive: true, force: true });
  await makeFolder(directory);
  await createVenv(python, directory, run);
  for (const { file, what } of LOCK_FILES[kind]) {
    onProgress(`installing ${what}`);
    await install(directory, file, run);
  }
}

async function createVenv(python: string, directory: string, run: Run): Promise<void> {
  try {
    await run(python, ['-m', 'venv', directory]);
  } catch (cause) {
    rethrowAbort(cause);
    throw new EnvironmentError(`${python} cannot make a virtual environment: ${failureText(cause, 3)}`, {
      hint: 'install the venv module (Debian: apt install python3-venv)',
      cause,
    });
  }
}

async function install(directory: string, lockFile: string, run: Run): Promise<void> {
  const pip = join(directory, 'bin', 'pip');
  try {
    await run(pip, ['install', '--quiet', '--no-deps', '--requirement', pythonFile(lockFile)]);
  } catch (cause) {
    rethrowAbort(cause);
    throw new EnvironmentError(`pip could not install ${lockFile}:\n${failureText(cause)}`, {
      hint: 'is a Python package registry reachable? behind a proxy or mirror, set PIP_INDEX_URL or HTTPS_PROXY',
      cause,
    });
  }
}

/** An interruption is nobody's fault. */
function rethrowAbort(error: unknown): void {
  if (error instanceof Error && error.name === 'AbortError') {
    throw error;
  }
}
