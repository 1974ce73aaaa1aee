import { type Dirent, lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { folderUsage } from '../files/disk-space.ts';
import type { ProcessMentions } from '../process/process-mentions.ts';
import { PROBE_FILE } from '../files/temporary-folder.ts';
import type { Remnant } from './remnant.ts';
import { RUN_OWNER_DRAFT } from '../files/run-folder.ts';
import { isRunFolder } from './run-folders.ts';
import { temporaryFolder } from '../process/user-folders.ts';

/** A run needs a moment until a process of it names its new folder. */
const MINIMUM_AGE_MS = 60_000;

/** What is in a folder whose maker was killed before it was complete. */
const BEGUN: readonly string[] = [PROBE_FILE, RUN_OWNER_DRAFT];

/** What is made in the temporary folder: the name, and (where somebody else's could be alike) what is in it. */
const KINDS: readonly { readonly name: RegExp; readonly contents?: RegExp; readonly what: string }[] = [
  {
    name: /^forkd-spawner-\w{6}$/,
    contents: /^(controller|hub|hub-\w+|forwarder\.(log|sock))$/,
    what: 'a run',
  },
  { name: /^forkd-controller-\w{6}$/, contents: /^(snapshots|sandboxes|token)$/, what: 'a controller' },
  { name: /^forkd-spawner-(wheel|install|test|tool)-\w{6}$/, what: 'an installation or a test' },
  { name: /^forkd-rehearsal-\w{8}$/, what: 'a warm-up' },
  { name: /^forkd-parent-\w{6}$/, what: 'a build of a parent' },
];

/** Folders of ended runs in the temporary folder: ours, old enough, and named by no process. */
export async function findFolders(mentions: ProcessMentions): Promise<readonly Remnant[]> {
  const entries = await readdir(temporaryFolder(), { withFileTypes: true });
  const found = await Promise.all(entries.filter((entry) => entry.isDirectory()).map(whatItIs));
  return Promise.all(found.flatMap((folder) => (folder === undefined ? [] : [describe(folder, mentions)])));
}

interface OldFolder {
  readonly path: string;
  readonly what: string;
}

async function whatItIs({ name, parentPath }: Dirent): Promise<OldFolder | undefined> {
  const kind = KINDS.find((one) => one.name.test(name));
  const path = join(parentPath, name);
  if (kind === undefined || !isOursAndOld(path) || isRunFolder(path)) return undefined;
  const { contents = /(?:)/, what } = kind;
  const inside = await readdir(path).catch(() => undefined);
  return inside?.every((entry) => contents.test(entry) || BEGUN.includes(entry)) === true
    ? { path, what }
    : undefined;
}

export function isOursAndOld(path: string): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return false;
  return status.uid === process.getuid?.() && Date.now() - status.mtimeMs >= MINIMUM_AGE_MS;
}

async function describe({ path, what }: OldFolder, mentions: ProcessMentions): Promise<Remnant> {
  const inUse = mentions.of(path);
  return {
    ...{
      kind: 'folder',
      path,
      sizeMib: Math.round((await folderUsage(path)).mib),
      reason: `of ${what} that has ended`,
    },
    ...(inUse !== undefined && { inUse }),
  };
}
