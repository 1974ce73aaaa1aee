import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { makeRunner } from '../../src/python/run-tool.ts';

const MINORS = ['3.12', '3.13', '3.14'] as const;

/** Interpreters of this machine by version, of those versions that keep objects in another way than older ones. */
export async function newerPythons(): Promise<readonly (readonly [string, string])[]> {
  const found = await Promise.all(MINORS.map(async (minor) => [minor, await findPython(minor)] as const));
  return found.filter((entry): entry is [(typeof MINORS)[number], string] => entry[1] !== undefined);
}

async function findPython(minor: string): Promise<string | undefined> {
  const run = makeRunner(undefined);
  for (const folder of [...searchPath(), ...pyenvFolders(minor)]) {
    const python = join(folder, `python${minor}`);
    try {
      // There may be a file of that name that only says which versions could be had.
      await run(python, ['-c', 'import venv, ensurepip']);
      return python;
    } catch {
      continue;
    }
  }
  return undefined;
}

const searchPath = (): readonly string[] => (process.env['PATH'] ?? '').split(delimiter);

function pyenvFolders(minor: string): readonly string[] {
  const versions = join(process.env['PYENV_ROOT'] ?? '/nonexistent', 'versions');
  try {
    const names = readdirSync(versions).filter((name) => name.startsWith(`${minor}.`));
    return names.map((name) => join(versions, name, 'bin'));
  } catch {
    return [];
  }
}
