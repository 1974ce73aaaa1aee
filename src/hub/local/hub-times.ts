import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import { ranked } from '../../stats/statistics.ts';
import type { HubLag } from '../../record/run-record.ts';
import type { LocalHubSettings } from './local-hub-settings.ts';

const MS_PER_S = 1000;
/** The hub writes ticks in batches of 0.1 s; one that takes longer is stuck or gone. */
const BATCH_PATIENCE_MS = 1000;
const BATCH_CHECK_MS = 20;

/** A stretch of time, in milliseconds since 1970. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A tick: when it came in Unix seconds, and how late in ms (assets/hub/loop_lag.py). */
const ticksSchema = z.array(z.tuple([z.number(), z.number().nonnegative()]));
type Tick = z.infer<typeof ticksSchema>[number];

/** What a local hub measures inside of itself and writes into its folder. */
export class HubTimes {
  readonly #files: Pick<LocalHubSettings, 'spansFile' | 'loopLagFile'>;

  constructor(files: Pick<LocalHubSettings, 'spansFile' | 'loopLagFile'>) {
    this.#files = files;
  }

  /** Every span that has ended, as the hub wrote it; none where it measures none. */
  async spans(): Promise<readonly unknown[]> {
    return readLines(this.#files.spansFile);
  }

  /**
   * Reads the loop's lag in a window; undefined where the hub doesn't measure it, or no tick fell
   * into it.
   */
  async loopLag(window: TimeWindow): Promise<HubLag | undefined> {
    if (this.#files.loopLagFile === null) return undefined;
    return describeTicks(await this.#ticksUntil(window.toMs), window);
  }

  async #ticksUntil(toMs: number): Promise<readonly Tick[]> {
    const deadline = performance.now() + BATCH_PATIENCE_MS;
    for (;;) {
      const ticks = (await readLines(this.#files.loopLagFile)).flatMap((line) => ticksSchema.parse(line));
      const [untilS] = ticks.at(-1) ?? [0];
      if (untilS * MS_PER_S >= toMs || performance.now() > deadline) return ticks;
      await delay(BATCH_CHECK_MS);
    }
  }
}

function describeTicks(ticks: readonly Tick[], { fromMs, toMs }: TimeWindow): HubLag | undefined {
  const lateMs = ticks
    // A tick that came late was due, and held up, before.
    .filter(([unixS, late]) => unixS * MS_PER_S >= fromMs && unixS * MS_PER_S - late <= toMs)
    .map(([, late]) => late)
    .toSorted((a, b) => a - b);
  const maxMs = lateMs.at(-1);
  if (maxMs === undefined) return undefined;
  return { p50Ms: ranked(lateMs, 50) ?? maxMs, p99Ms: ranked(lateMs, 99) ?? maxMs, maxMs };
}

/** Lines of JSON; the last one may be half written. */
async function readLines(file: string | null): Promise<readonly unknown[]> {
  if (file === null) return [];
  const text = await readFile(file, 'utf8').catch(() => '');
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}
