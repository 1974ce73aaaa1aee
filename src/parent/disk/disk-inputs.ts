import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { messageOf } from '../../faults/caught-error.ts';
import { UsageError } from '../../faults/errors.ts';
import { sourceHash } from '../../python/environment-id.ts';
import { pythonFile } from '../../python/python-files.ts';
import type { DiskSource, ParentPlan } from '../parent-plan.ts';
import { RECIPE_FILES, recipeFile } from './recipe.ts';

const KEY_LENGTH = 12;

/** pip's name for what we install. */
export const GUEST_DISTRIBUTION = 'forkd-jupyter-spawner';

/** All that a root disk is made from: with the same inputs, a disk that is there already is used. */
export interface DiskInputs {
  readonly source: DiskSource;
  /** SHA-256 of the lock file, of each file of the recipe and of the operator's requirement files. */
  readonly files: Readonly<Record<string, string>>;
  /** Changes with the guest's sources. */
  readonly guestSources: string;
}

export async function readDiskInputs(plan: Pick<ParentPlan, 'source' | 'requirements'>): Promise<DiskInputs> {
  const files: [string, string][] = [['requirements.lock', await hashFile(pythonFile('requirements.lock'))]];
  for (const name of RECIPE_FILES) files.push([name, await hashFile(recipeFile(name))]);
  for (const [index, path] of plan.requirements.entries()) {
    files.push([`--requirements ${index + 1}`, await hashRequirements(path)]);
  }
  return { source: plan.source, files: Object.fromEntries(files), guestSources: await sourceHash() };
}

/** Short enough for a file's name. */
export function diskKey(inputs: DiskInputs): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, KEY_LENGTH);
}

async function hashFile(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

async function hashRequirements(path: string): Promise<string> {
  return hashFile(path).catch((cause: unknown) => {
    throw new UsageError(`--requirements ${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
}
