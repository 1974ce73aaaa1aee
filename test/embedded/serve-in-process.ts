import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

const PROGRAM = fileURLToPath(new URL('programs/serve.ts', import.meta.url));

const targetSchema = z.object({
  url: z.string(),
  token: z.string(),
  instance: z.string(),
  dataDir: z.string(),
  netns: z.array(z.string()),
});

/** An embedded controller in a process of its own, which the test kills. */
export async function serveInProcess(
  netns = 0,
): Promise<{ readonly child: ChildProcess; readonly target: z.infer<typeof targetSchema> }> {
  const child = spawn(process.execPath, [PROGRAM, String(netns)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: readonly unknown[] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, target: targetSchema.parse(JSON.parse(String(lines[0]))) };
}
