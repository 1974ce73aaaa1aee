import { describe, expect, it } from 'vitest';

import { makeRunner } from '../../src/python/run-tool.ts';

describe('an interruption', () => {
  it.each(['before the program is there', 'while it runs'])('%s ends the program', async (when) => {
    const interruption = new AbortController();
    const outcome = makeRunner(interruption.signal)('sleep', ['600']).catch((error: unknown) => error);
    // Its folder has not been made yet in the same turn.
    if (when === 'while it runs') await childStarted();
    interruption.abort();

    expect(await outcome).toMatchObject({ name: 'AbortError' });
  });
});

/** Its child is in the list of this process's resources as soon as it has been started. */
async function childStarted(): Promise<void> {
  await expect
    .poll(() => process.getActiveResourcesInfo(), { timeout: 60_000, interval: 5 })
    .toContain('ProcessWrap');
}
