import { fileURLToPath } from 'node:url';

/** A path in the package's `python/` folder: beside `src/` in a clone, beside `dist/` when installed. */
export function pythonFile(...names: readonly string[]): string {
  return fileURLToPath(new URL(`../../python/${names.join('/')}`, import.meta.url));
}
