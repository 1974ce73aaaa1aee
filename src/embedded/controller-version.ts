import { readFileSync } from 'node:fs';

import { z } from 'zod';

const packageJson: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** Says by itself that no microVM is behind it. */
export const CONTROLLER_VERSION = `${z.object({ version: z.string() }).parse(packageJson).version}-embedded`;
