#!/usr/bin/env node
import { keepCompilations } from './compile-cache.js';
import { endWithStarter, isRecentEnough, runWithOwnNode } from './node-version.js';

if (isRecentEnough()) {
  endWithStarter();
  keepCompilations();
  const { main } = await import('../dist/cli/main.js');
  await main(import.meta.url);
} else {
  runWithOwnNode(import.meta.url);
}
