import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { HubTimes } from '../../../src/hub/local/hub-times.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-times-'));
  file = join(folder, 'times.jsonl');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("the hub's spans", () => {
  it('are read line by line, without one that is still being written', async () => {
    await writeFile(file, '{"name":"a"}\n{"name":"b"}\n{"na');

    expect(await timesOf({ spansFile: file }).spans()).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('are none where the hub measures none', async () => {
    expect(await timesOf({}).spans()).toEqual([]);
  });
});

describe("the hub's loop lag", () => {
  it('is described over the ticks of a window, one that was held up in it included', async () => {
    // Unix seconds and ms late: the fourth was due at 10.009, the last one after the window.
    await writeFile(file, '[[9.999,50],[10.0,1],[10.004,3]]\n[[10.008,2],[10.12,111],[10.125,40]]\n');

    expect(await timesOf({ loopLagFile: file }).loopLag({ fromMs: 10_000, toMs: 10_010 })).toEqual({
      p50Ms: 2,
      p99Ms: 111,
      maxMs: 111,
    });
  });

  it('waits for the batch that covers the end of the window', async () => {
    await writeFile(file, '[[10.0,1]]\n');
    const lag = timesOf({ loopLagFile: file }).loopLag({ fromMs: 10_000, toMs: 10_010 });
    await appendFile(file, '[[10.005,7],[10.011,0]]\n');

    expect(await lag).toMatchObject({ maxMs: 7 });
  });

  it('is undefined where the hub does not measure it, or not in that window', async () => {
    await writeFile(file, '[[30.0,1]]\n');

    expect(await timesOf({}).loopLag({ fromMs: 0, toMs: 1 })).toBeUndefined();
    expect(await timesOf({ loopLagFile: file }).loopLag({ fromMs: 0, toMs: 1 })).toBeUndefined();
  });
});

function timesOf(files: { readonly spansFile?: string; readonly loopLagFile?: string }): HubTimes {
  return new HubTimes({ spansFile: null, loopLagFile: null, ...files });
}
