import { setTimeout as delay } from 'node:timers/promises';

import type { Machine } from './firecracker.ts';
import { MEMORY_QUESTION, askGuest, usedMemoryMib, warmReply } from './guest-questions.ts';
import { guestDied, neverWarm } from '../parent-faults.ts';

const MS_PER_S = 1000;
const LOOK_MS = 500;

export interface Warming {
  readonly machine: Machine;
  readonly network: string;
  readonly folder: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

export interface Warm {
  readonly afterS: number;
  readonly usedMemoryMib: number | undefined;
}

/** Waits until the guest itself says that it is warm: not for a time, which no two machines share. */
export async function untilWarm(warming: Warming): Promise<Warm> {
  const started = performance.now();
  const giveUp = new AbortController();
  const ended = untilOver(warming, giveUp.signal);
  void tellSteps(warming, giveUp.signal);
  try {
    const { network, folder } = warming;
    const asking = { network, folder, givenUp: ended };
    const reply = await askGuest({ action: 'ping' }, asking);
    if (reply === undefined) throw await failure(warming, await ended, started);
    warmReply.parse(reply);
    const afterS = seconds(started);
    return { afterS, usedMemoryMib: usedMemoryMib(await askGuest(MEMORY_QUESTION, asking)) };
  } finally {
    giveUp.abort();
  }
}

type Over = 'died' | 'too late' | 'interrupted';

async function untilOver({ machine, timeoutMs, signal }: Warming, stop: AbortSignal): Promise<Over> {
  const either = AbortSignal.any([signal, stop]);
  return Promise.race([
    machine.ended.then((): Over => 'died'),
    delay(timeoutMs, undefined, { signal: either }).then(
      (): Over => 'too late',
      (): Over => 'interrupted',
    ),
  ]);
}

async function failure(
  { machine, timeoutMs, signal }: Warming,
  over: Over,
  started: number,
): Promise<unknown> {
  const lines = await machine.consoleLines();
  if (over === 'died') return guestDied(seconds(started), lines);
  if (over === 'too late') return neverWarm(timeoutMs / MS_PER_S, lines);
  return signal.reason;
}

/** The guest's own lines on its console are the progress. */
async function tellSteps({ machine, onProgress }: Warming, stop: AbortSignal): Promise<void> {
  let told = '';
  while (!stop.aborted) {
    const line = (await machine.consoleLines()).findLast((one) => one.startsWith('forkd: '))?.trim();
    if (line !== undefined && line !== told) {
      told = line;
      onProgress(`guest: ${line.slice('forkd: '.length)}`);
    }
    await delay(LOOK_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

function seconds(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10;
}
