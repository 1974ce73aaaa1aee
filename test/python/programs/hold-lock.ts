/**
 * Holds the lock of an environment's folder, and runs a program that has the lock as well until the
 * end of its input. Arguments: the folder, and a named pipe that is this input. Once the program
 * runs, there is a file with the pipe's name and `.read`.
 */
import { withEnvironmentLock } from '../../../src/python/environment-lock.ts';
import { makeRunner } from '../../../src/python/run-tool.ts';

const [directory = '', pipe = ''] = process.argv.slice(2);

await withEnvironmentLock(directory, {}, async ({ fd }) => {
  const run = makeRunner(undefined, [fd]);
  const tool = run('/bin/sh', ['-c', ': >"$1.read"; cat <"$1"', 'tool', pipe]);
  await tool;
});
