import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What the Jupyter parent is made by (recipes/jupyter/README.md). */
export const RECIPE_FILES = ['packages.txt', 'requirements.txt', 'install.sh', 'init'] as const;

export type RecipeFile = (typeof RECIPE_FILES)[number];

/** The recipe is beside `src/` in a clone, beside `dist/` when installed. */
export function recipeFile(name: RecipeFile): string {
  return fileURLToPath(new URL(`../../../recipes/jupyter/${name}`, import.meta.url));
}

/** The Debian packages of the root disk. */
export async function recipePackages(): Promise<readonly string[]> {
  const lines = (await readFile(recipeFile('packages.txt'), 'utf8')).split('\n');
  return lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
}
