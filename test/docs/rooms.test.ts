import { access, readdir, readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = new URL('../../', import.meta.url);
const PYTHON = new URL('python/src/', ROOT);
const PACKAGES = ['forkd_jupyter_spawner', 'forkd_jupyter_guest'] as const;

const ruleFile = z.object({ ROOMS: z.array(z.string()) });

async function page(): Promise<string> {
  return readFile(new URL('docs/architecture.md', ROOT), 'utf8');
}

/** The first cells of the table below a heading. */
async function firstCells(head: string): Promise<readonly string[]> {
  const [, table = ''] = (await page()).split(`| ${head} | what it is for |\n`);
  const [rows = ''] = table.split('\n\n');
  return [...rows.matchAll(/^\| `([\w/]+)` \| \S/gm)].map(([, cell = '']) => cell);
}

/** The rooms of a Python package, the one first that all others may import. */
async function pythonRooms(name: string): Promise<readonly string[]> {
  const rules = await readFile(new URL('python/pyproject.toml', ROOT), 'utf8');
  const [, contract = ''] = rules.split(`containers = ["${name}"]`);
  const [, layers = ''] = /^layers = \[([^\]]*)\]/m.exec(contract) ?? [];
  const entries = await readdir(new URL(`${name}/`, PYTHON), { withFileTypes: true });
  const folders = new Set(entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name));
  return [...layers.matchAll(/"(\w+)"/g)]
    .map(([, layer = '']) => layer)
    .filter((layer) => folders.has(layer))
    .toReversed();
}

describe('docs/architecture.md', () => {
  it('has the rooms of src/ in the order that lint holds', async () => {
    const { ROOMS } = ruleFile.parse(await import(new URL('.dependency-cruiser.mjs', ROOT).href));

    expect(await firstCells('room')).toEqual(ROOMS);
  });

  it.each(PACKAGES)('has the rooms of %s in the order that lint holds', async (name) => {
    const rooms = await pythonRooms(name);

    expect(rooms.length).toBeGreaterThan(5);
    expect(await firstCells(`\`${name}\``)).toEqual(rooms);
  });

  it('names Python modules that are there', async () => {
    const named = [...(await page()).matchAll(/`(\w+\/\w+\.py)`/g)].map(([, path = '']) => path);
    const candidates = (path: string): readonly URL[] =>
      PACKAGES.map((name) => new URL(`${name}/${path}`, PYTHON));

    expect(named.length).toBeGreaterThan(20);
    for (const path of named) {
      await expect(Promise.any(candidates(path).map((file) => access(file))), path).resolves.toBeUndefined();
    }
  });
});
