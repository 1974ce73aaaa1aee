import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { requireFreshBuild } from '../../scripts/fresh-build.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let isFresh = false;

/** The path of the command line's program, which runs dist/: refused while that is of other sources. */
export function builtCli(): string {
  if (!isFresh) requireFreshBuild(ROOT);
  isFresh = true;
  return join(ROOT, 'bin', 'run.js');
}
