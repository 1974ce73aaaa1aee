#!/usr/bin/env node
import { isRecentEnough, runWithOwnNode } from './node-version.js';

if (isRecentEnough()) {
  const { execute } = await import('@oclif/core');
  await execute({ dir: import.meta.url });
} else {
  runWithOwnNode(import.meta.url);
}
