import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { builtCli } from './built-cli.ts';

interface Redirected {
  /** Of the command line, also where it stands before a pipe. */
  readonly exitCode: number | null;
  readonly stderr: string;
}

/**
 * Runs the command line in a shell that leads its standard output elsewhere.
 * @param redirection as it stands behind the command: `>/dev/full`, `| head -c 1`
 */
export async function runRedirected(
  args: readonly string[],
  redirection: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Redirected> {
  const script = `"$0" "$@" ${redirection}; exit "\${PIPESTATUS[0]}"`;
  const child = spawn('bash', ['-c', script, process.execPath, builtCli(), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { exitCode: child.exitCode, stderr };
}
