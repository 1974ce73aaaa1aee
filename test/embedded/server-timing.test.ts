import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { EmbeddedController } from '../../src/embedded/embedded-controller.ts';
import { ServerTiming } from '../../src/forkd/server-timing.ts';
import { createSandbox, startWarmed } from './controller-under-test.ts';

const ENTRY = /^(?<name>[\w.]+);dur=(?<dur>\d+\.\d{3});start=(?<start>\d+\.\d{6})$/;

describe('Server-Timing', () => {
  it('has an entry for what was done, also for what failed, in the order of the ends', async () => {
    const timing = new ServerTiming();
    const end = timing.begin('total');
    await timing.time('first', () => Promise.resolve());
    await expect(timing.time('second', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    end();
    end();

    expect(namesIn(timing.header())).toEqual(['first', 'second', 'total']);
  });
});

describe('the embedded controller', () => {
  let controller: EmbeddedController;

  beforeAll(async () => {
    controller = await startWarmed();
  });

  afterAll(async () => {
    await controller.stop();
  });

  it('tells where the time of a create went, between the request and the answer', async () => {
    const before = Date.now() / 1000;
    const header = await timingOf('/v1/sandboxes', { snapshot_tag: 'jupyter' });

    expect(namesIn(header)).toEqual(['create.places', 'create.fork', 'create.total']);
    for (const { start, dur } of entriesOf(header)) {
      expect(start).toBeGreaterThan(before - 0.01);
      expect(start + dur / 1000).toBeLessThan(Date.now() / 1000 + 0.01);
    }
  });

  it('tells where the time of an eval went', async () => {
    const { id } = await createSandbox(controller);

    const header = await timingOf(`/v1/sandboxes/${id}/eval`, { code: '__import__("time").sleep(0.05)' });

    expect(namesIn(header)).toEqual(['eval.connect', 'eval.answer', 'eval.total']);
    expect(entriesOf(header)[1]?.dur).toBeGreaterThanOrEqual(50);
  });

  it('says nothing of what it refuses', async () => {
    expect(await timingOf('/v1/sandboxes', { snapshot_tag: 'none' })).toBe('');
  });

  async function timingOf(path: string, body: unknown): Promise<string> {
    const { headers } = await fetch(`${controller.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${controller.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return headers.get('server-timing') ?? '';
  }
});

function entriesOf(header: string): readonly { name: string; dur: number; start: number }[] {
  return header.split(', ').map((text) => {
    const { name = '', dur, start } = ENTRY.exec(text)?.groups ?? {};
    return { name, dur: Number(dur), start: Number(start) };
  });
}

function namesIn(header: string): readonly string[] {
  return entriesOf(header).map(({ name }) => name);
}
