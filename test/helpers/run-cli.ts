import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { builtCli } from './built-cli.ts';

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a user does; `onStderr` sees the progress as it comes. */
export async function runCli(
  args: readonly string[],
  onStderr: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
  env: NodeJS.ProcessEnv = {},
  cwd = process.cwd(),
): Promise<CliResult> {
  const child = spawn(process.execPath, [builtCli(), ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
    onStderr(output.stderr, (signal) => child.kill(signal));
  });
  await once(child, 'close');
  return { exitCode: child.exitCode, ...output };
}
