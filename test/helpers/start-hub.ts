import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { builtCli } from './built-cli.ts';

/** `forkd-spawner hub`, and the first line that it prints. `temporary` is its temp folder. */
export async function startHub(
  temporary: string,
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly line: string }> {
  const child = spawn(process.execPath, [builtCli(), 'hub', ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line]: unknown[] = await once(createInterface(child.stdout), 'line');
  return { child, line: String(line) };
}
