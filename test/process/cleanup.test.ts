import { describe, expect, it } from 'vitest';

import { Cleanup } from '../../src/process/cleanup.ts';

describe('cleaning up', () => {
  it('goes backwards, on through failures, once, and tells of them at the end', async () => {
    const log: string[] = [];
    const cleanup = new Cleanup();
    for (const name of ['first', 'second', 'third']) {
      cleanup.add(() => {
        log.push(name);
        return name === 'second' ? Promise.reject(new Error('no second')) : Promise.resolve();
      });
    }

    await expect(cleanup.run()).rejects.toThrow('no second');
    await cleanup.run();

    expect(log).toEqual(['third', 'second', 'first']);
  });
});
