import { EnvironmentError, UsageError } from '../../faults/errors.ts';
import { findChromium } from '../../process/find-chromium.ts';

interface BrowserFlags {
  readonly browser?: boolean;
  readonly spawner: string;
}

/** How many visits there are at most. Each takes seconds, and more would tell little more. */
const MAX_STARTS = 5;

/** The spawners with which a user who just logs in gets a server with an empty home. */
const SPAWNERS = ['forkd', 'simple'];

/** People in a browser, after the rounds. */
export interface BrowserStarts {
  /** The Chromium in which users click, by its path; absent where none is to. */
  readonly browser?: string;
  /** How many of them, one after another. */
  readonly browserStarts: number;
}

/** Finds the browser before anything is started. */
export async function parseBrowser(
  { browser, spawner }: BrowserFlags,
  rounds: number,
): Promise<BrowserStarts> {
  if (browser !== true) return { browserStarts: 0 };
  if (!SPAWNERS.includes(spawner)) {
    throw new UsageError(`--browser cannot be used with --spawner ${spawner}`, {
      hint: `its users are new ones, which only ${SPAWNERS.join(' and ')} have servers for`,
    });
  }
  const path = await findChromium();
  if (path === undefined) {
    throw new EnvironmentError('--browser finds no chromium, chromium-browser or google-chrome in PATH', {
      hint: 'install one: apt-get install chromium',
    });
  }
  return { browser: path, browserStarts: Math.min(rounds, MAX_STARTS) };
}
