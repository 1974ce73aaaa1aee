import { readFile, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { GUEST_ADDRESS } from '../../forkd/forkd-layout.ts';
import { startProcess } from '../../process/supervised-process.ts';

const STOP_MS = 1000;
const KIB_PER_MIB = 1024;

export interface Asking {
  readonly network: string;
  /** The answer is put there. */
  readonly folder: string;
  /** Ends the asking, without an answer. */
  readonly givenUp: Promise<unknown>;
}

/** Asks until there is an answer; undefined where it was given up before. */
export async function askGuest(request: object, { network, folder, givenUp }: Asking): Promise<unknown> {
  const logFile = join(folder, 'answer');
  await rm(logFile, { force: true });
  const asking = await startProcess({
    name: 'the question to the guest',
    command: 'ip',
    args: ['netns', 'exec', network, process.execPath, program(), GUEST_ADDRESS, JSON.stringify(request)],
    cwd: folder,
    env: process.env,
    logFile,
  });
  try {
    await Promise.race([asking.ended, givenUp]);
  } finally {
    await asking.stop({ timeoutMs: STOP_MS });
  }
  if (asking.end?.exitCode !== 0) return undefined;
  return JSON.parse(await readFile(logFile, 'utf8'));
}

/** TypeScript in a clone, compiled when installed: as this module is. */
function program(): string {
  const source = fileURLToPath(new URL('./programs/ask-guest.ts', import.meta.url));
  return source.replace(/\.ts$/, extname(import.meta.url));
}

export const warmReply = z.object({ pong: z.literal(true), warmup_ready: z.literal(true) });

/** `/proc/meminfo` of the guest, as an expression that its agent evaluates. */
export const MEMORY_QUESTION = { action: 'eval', code: "open('/proc/meminfo').read()" };

/** MiB that the warm guest uses; undefined where its answer doesn't say. */
export function usedMemoryMib(reply: unknown): number | undefined {
  const text = z.object({ result: z.string() }).safeParse(reply).data?.result ?? '';
  const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1]);
  const used = Math.round((kib('MemTotal') - kib('MemAvailable')) / KIB_PER_MIB);
  return Number.isNaN(used) ? undefined : used;
}
