import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Runs a shell script to its end; rejects with what it wrote to stderr when it fails. */
export async function runScript(script: string, ...args: readonly string[]): Promise<void> {
  const child = spawn('/bin/sh', ['-c', script, 'forkd-netns', ...args], {
    cwd: '/',
    // A Ctrl-C is for the controller: half of a script would leave what nobody knows of.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (child.exitCode !== 0) throw new Error(stderr.trim() || 'the shell was ended');
}
