import { join } from 'node:path';

import { isAccessible } from '../process/is-accessible.ts';
import { environmentFolder, sourceHash } from './environment-id.ts';
import { findPython } from './find-python.ts';
import { makeRunner } from './run-tool.ts';
import { readStamp } from './stamp.ts';

/** `stale`: the packages are there, but what is installed of ours is of other sources. */
export interface EnvironmentInspection {
  readonly state: 'ready' | 'stale' | 'missing';
  readonly directory: string;
  readonly python: string;
}

/** Looks at the environment that runs would use, and makes or mends nothing. */
export async function inspectPythonEnvironment(
  signal: AbortSignal | undefined,
): Promise<EnvironmentInspection> {
  const directory = await environmentFolder(await findPython(makeRunner(signal)), 'run');
  const python = join(directory, 'bin', 'python');
  return { state: await stateOf(directory, python), directory, python };
}

async function stateOf(directory: string, python: string): Promise<EnvironmentInspection['state']> {
  const complete = (await readStamp(directory, 'packages')) !== undefined;
  // An interpreter that was removed from the machine leaves a link to nowhere.
  if (!complete || !(await isAccessible(python))) return 'missing';
  return (await readStamp(directory, 'wheel')) === (await sourceHash()) ? 'ready' : 'stale';
}

