import { readFileSync } from 'node:fs';

import { z } from 'zod';

const packageSchema = z.object({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
});

/** What our package says of itself. */
export const OWN_PACKAGE = packageSchema.parse(
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')),
);
