import { lstatSync } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isAccessible } from '../is-accessible.ts';
import { RUN_VARIABLE } from '../controller/process-marks.ts';
import { folderUsage } from '../process/disk-space.ts';
import { describeLockOwner } from '../process/lock-owner.ts';
import { isHeld } from '../process/locked-file.ts';
import { allPids } from '../process/process-status.ts';
import type { LeftRun } from '../results/remnant.ts';
import { RUN_OWNER_FILE } from '../stack/run-folder.ts';
import { temporaryFolder } from '../user-folders.ts';

const NAME = /^forkd-spawner-\w{6}$/;

/**
 * The runs in the temporary folder, by their folders and by the processes that carry their mark.
 * Neither needs the other: a folder can be gone while a process is left, and the other way round.
 */
export async function findRuns(): Promise<readonly LeftRun[]> {
  const [processes, folders] = await Promise.all([markedProcesses(), runFolders()]);
  const paths = [...new Set([...folders, ...processes.keys()])].toSorted();
  return Promise.all(paths.map(async (path) => describe(path, processes.get(path) ?? [])));
}

/**
 * This user's processes that carry a mark, by the folder that it names. Those of another mount
 * namespace, as a container has, have another folder of that name, and maybe an owner in it.
 */
async function markedProcesses(): Promise<ReadonlyMap<string, readonly number[]>> {
  const pids = (await allPids()).filter((pid) => pid !== process.pid);
  const marked = await Promise.all(pids.map(async (pid) => ({ pid, folder: await markOf(pid) })));
  const known = marked.flatMap(({ pid, folder }) => (folder === undefined ? [] : [{ pid, folder }]));
  const groups = Map.groupBy(known, ({ folder }) => folder);
  return new Map([...groups].map(([folder, ones]) => [folder, ones.map(({ pid }) => pid)]));
}

async function markOf(pid: number): Promise<string | undefined> {
  const owner = await stat(`/proc/${pid}`).catch(() => undefined);
  if (owner?.uid !== process.getuid?.()) return undefined;
  if ((await mountNamespace(pid)) !== (await mountNamespace('self'))) return undefined;
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const mark = environment.split('\0').find((one) => one.startsWith(`${RUN_VARIABLE}=`));
  const folder = mark?.slice(RUN_VARIABLE.length + 1);
  return folder !== undefined && isRunName(folder) ? folder : undefined;
}

async function mountNamespace(pid: number | 'self'): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/mnt`).catch(() => undefined);
}

async function runFolders(): Promise<readonly string[]> {
  const folder = temporaryFolder();
  return (await readdir(folder)).map((name) => join(folder, name)).filter(isRunFolder);
}

function isRunName(path: string): boolean {
  return dirname(path) === temporaryFolder() && NAME.test(basename(path));
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

async function describe(path: string, pids: readonly number[]): Promise<LeftRun> {
  const inUse = (await ownerOf(path)) ?? (await whyUnknown(path, pids));
  const left = pids.length === 0 ? '' : `, of which these processes are left: ${pids.join(', ')}`;
  return {
    ...{ kind: 'run', path, pids },
    sizeMib: Math.round((await folderUsage(path)).mib),
    reason: `a run that has ended${left}`,
    ...(inUse !== undefined && { inUse }),
  };
}

async function ownerOf(path: string): Promise<string | undefined> {
  const file = join(path, RUN_OWNER_FILE);
  if (!isRunFolder(path) || !(await isHeld(file))) return undefined;
  return `${await describeLockOwner(file)} runs it`;
}

/** Whatever clears old files from the temporary folder may have taken the owner's from a run that goes on. */
async function whyUnknown(path: string, pids: readonly number[]): Promise<string | undefined> {
  if (pids.length === 0 || isRunFolder(path) || !(await isAccessible(path))) return undefined;
  return `its ${RUN_OWNER_FILE} is gone, so nobody can tell whether the run has ended; end process ${pids.join(', ')} if it has`;
}
