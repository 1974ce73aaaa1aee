import { resolve } from 'node:path';

import { Flags } from '@oclif/core';

/**
 * A flag that names a file or a folder, made absolute where it is read: a hub of ours, which has a
 * working folder of its own, is told it as well.
 */
export const pathFlag = Flags.custom({
  parse: (input) => Promise.resolve(resolve(input)),
});
