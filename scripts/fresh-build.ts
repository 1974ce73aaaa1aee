import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What dist/ is compiled from, and by. */
const SOURCES = ['src', 'tsconfig.json', 'tsconfig.build.json'];

/** In dist/: of which sources it is. Times of files say nothing: a checkout sets them as it likes. */
const STAMP = join('dist', '.sources');

/** Some ten milliseconds for all of src/. */
export function hashSources(root: string): string {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((name) => filesIn(root, name))) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** `hash` is that of the sources before they were compiled: what is written meanwhile is not in it. */
export function stampBuild(root: string, hash: string): void {
  writeFileSync(join(root, STAMP), hash);
}

/** Whatever tests or measures dist/ asks this first: otherwise it may find out things of another program. */
export function requireFreshBuild(root: string): void {
  if (readStamp(root) !== hashSources(root)) {
    throw new Error("dist/ was not made from src/ as it is now: run 'npm run build'");
  }
}

function readStamp(root: string): string | undefined {
  try {
    return readFileSync(join(root, STAMP), 'utf8');
  } catch {
    return undefined;
  }
}

function filesIn(root: string, name: string): readonly string[] {
  if (name.endsWith('.json')) return [name];
  const entries = readdirSync(join(root, name), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}
