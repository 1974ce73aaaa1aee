import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { runStep } from '../../../src/parent/disk/run-step.ts';

it('an interruption while a step is being started ends it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'run-step-test-'));
  const interruption = new AbortController();
  const outcome = runStep({
    ...{ name: 'a long step', command: 'sleep', args: ['600'], folder },
    logFile: join(folder, 'log'),
    signal: interruption.signal,
  }).catch((error: unknown) => error);
  // Its program has not been looked for yet in the same turn.
  interruption.abort(new Error('enough'));

  expect(await outcome).toMatchObject({ message: 'enough' });
  await rm(folder, { recursive: true });
});
