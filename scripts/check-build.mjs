// Ends with 1 and a sentence where dist/ is of other sources than src/: for tests that are no TypeScript.
import { fileURLToPath } from 'node:url';

import { requireFreshBuild } from './fresh-build.ts';

try {
  requireFreshBuild(fileURLToPath(new URL('..', import.meta.url)));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
