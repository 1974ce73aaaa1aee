import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';

import { RUN_VARIABLE } from '../process/process-marks.ts';
import { RUN_OWNER_FILE } from '../files/run-folder.ts';
import { temporaryFolder } from '../process/user-folders.ts';
import { type OwnProcess, variableOf } from './own-processes.ts';

const NAME = /^forkd-spawner-\w{6}$/;
/** The variables that name the temporary folder, in the order of `os.tmpdir`, and its default. */
const VARIABLES = ['TMPDIR', 'TMP', 'TEMP'];
const DEFAULT = '/tmp';

/** The folder of the run that a process belongs to by its mark, which need not be there any more. */
export function markedFolder(process: OwnProcess): string | undefined {
  const folder = variableOf(process, RUN_VARIABLE);
  return folder !== undefined && isRunName(folder) ? folder : undefined;
}

/** Our temporary folder's, and those of every other one that one of these processes names. */
export async function runFolders(processes: readonly OwnProcess[]): Promise<readonly string[]> {
  const named = processes.flatMap((process) => [
    ...VARIABLES.map((name) => variableOf(process, name)),
    dirname(markedFolder(process) ?? ''),
  ]);
  const others = named
    .filter((folder) => folder !== undefined)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => resolve(folder));
  const parents = [...new Set([DEFAULT, ...others])].filter((one) => one !== temporaryFolder());
  const found = await Promise.all([
    readdirOf(temporaryFolder()),
    // Whatever a process calls its temporary folder: it need not be there, or readable.
    ...parents.map(async (parent) => readdirOf(parent).catch(() => [])),
  ]);
  return found.flat().filter(isRunFolder);
}

/** The name alone may be anybody's, and a mark may name any folder: only ours has an owner's file of ours. */
export function isRunFolder(path: string): boolean {
  if (!isRunName(path)) return false;
  const [folder, file] = [path, join(path, RUN_OWNER_FILE)].map((one) =>
    lstatSync(one, { throwIfNoEntry: false }),
  );
  const isOurs = folder?.uid === process.getuid?.() && file?.uid === process.getuid?.();
  return isOurs && folder?.isDirectory() === true && file?.isFile() === true;
}

function isRunName(path: string): boolean {
  return resolve(path) === path && NAME.test(basename(path));
}

async function readdirOf(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).map((name) => join(folder, name));
}
