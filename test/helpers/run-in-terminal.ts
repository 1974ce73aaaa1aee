import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { builtCli } from './built-cli.ts';

/** Of util-linux: it gives what it runs a pseudo-terminal. */
const SCRIPT = 'script';
/** It has none of its own, and a view of no lines would be empty. */
const SIZE = 'stty cols 100 rows 40';

/**
 * Runs the command line with a pseudo-terminal as its standard error, its standard output going to
 * a file. @returns what the terminal was sent
 */
export async function runInTerminal(
  args: readonly string[],
  stdoutFile: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const command = [process.execPath, builtCli(), ...args].map(quote).join(' ');
  const child = spawn(SCRIPT, ['-qec', `${SIZE}; ${command} > ${quote(stdoutFile)}`, '/dev/null'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  await once(child, 'close');
  return shown;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
