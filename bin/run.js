#!/usr/bin/env node
import module from 'node:module';

import { endWithStarter, isRecentEnough, runWithOwnNode } from './node-version.js';

if (isRecentEnough()) {
  endWithStarter();
  // Saves every run but the first the compilation of all that is imported.
  module.enableCompileCache();
  const { main } = await import('../dist/cli/main.js');
  await main(import.meta.url);
} else {
  runWithOwnNode(import.meta.url);
}
