import { setTimeout as delay } from 'node:timers/promises';

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterEach, describe, expect, it } from 'vitest';

import { ClosingTerminal } from '../helpers/closing-terminal.ts';

const COMMANDS = {
  hub: '$CLI hub',
  bench: '$CLI bench --users 2 --rounds 1 --out out',
  smoke: '$CLI smoke --out out',
  accept: '$CLI accept --users 2 --rounds 1 --out out',
} as const;

type CommandName = keyof typeof COMMANDS;

/** So many random moments of each command: before a release, on a machine that does nothing else. */
const MOMENTS = Number(process.env['FORKD_TEST_TERMINALS'] ?? '0');
const SEED = 17;
/** What is promised, and what a busy machine is given. */
const LIMIT_MS = MOMENTS > 0 ? 10_000 : 60_000;
/** A hub is up until it is told to end: as long again as it takes to come up is looked at. */
const IS_UP = 'Ctrl-C stops it';

let terminal: ClosingTerminal | undefined;

afterEach(async () => {
  await terminal?.remove();
});

async function open(command: CommandName): Promise<ClosingTerminal> {
  terminal = await ClosingTerminal.open(COMMANDS[command]);
  return terminal;
}

describe('a terminal that is closed leaves nothing of', () => {
  it.each<[CommandName, string]>([
    ['hub', 'warming the snapshot'],
    ['hub', 'starting JupyterHub'],
    ['hub', IS_UP],
    ['bench', '2 users'],
    ['accept', 'embedded controller'],
  ])('%s after it has shown %j', async (command, text) => {
    const opened = await open(command);
    await expect.poll(() => opened.shown, { timeout: 120_000, interval: 10 }).toContain(text);

    await opened.close();

    expect(await opened.left(LIMIT_MS)).toEqual([]);
  });
});

describe.runIf(MOMENTS > 0)('a terminal that is closed at any moment leaves nothing of', () => {
  it.each<CommandName>(['hub', 'bench', 'smoke', 'accept'])('%s', { timeout: 3_600_000 }, async (command) => {
    const lengthMs = await measureLength(command);
    const random = xoroshiro128plus(SEED);
    const left: Record<string, readonly string[]> = {};
    for (let count = 0; count < MOMENTS; count++) {
      const momentMs = Math.round(lengthMs * uniformFloat64(random));
      left[`${momentMs} of ${Math.round(lengthMs)} ms`] = await leftAfter(command, momentMs);
    }

    console.log(command, left);
    expect(Object.values(left).flat()).toEqual([]);
  });
});

async function measureLength(command: CommandName): Promise<number> {
  const began = performance.now();
  const opened = await open(command);
  await expect
    .poll(() => !opened.isOpen || opened.shown.includes(IS_UP), { timeout: 300_000, interval: 50 })
    .toBe(true);
  await opened.remove();
  return (performance.now() - began) * (command === 'hub' ? 2 : 1);
}

async function leftAfter(command: CommandName, momentMs: number): Promise<readonly string[]> {
  const opened = await open(command);
  await delay(momentMs);
  await opened.close();
  const left = await opened.left(LIMIT_MS);
  await opened.remove();
  return left;
}
