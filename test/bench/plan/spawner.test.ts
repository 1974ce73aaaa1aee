import { describe, expect, it } from 'vitest';

import { isForeign, parseSpawner } from '../../../src/bench/plan/spawner.ts';

describe('parseSpawner', () => {
  it.each([
    ['forkd', false],
    ['simple', false],
    ['local', false],
    ['dockerspawner:DockerSpawner', true],
    ['my_package.spawners:MySpawner', true],
  ])('takes %s', (text, foreign) => {
    expect([parseSpawner(text), isForeign(text)]).toEqual([text, foreign]);
  });

  it.each(['', 'docker', 'a.b.C', 'a:b:C', 'os; import x:C', ':C', 'a:'])('refuses %j', (text) => {
    expect(() => parseSpawner(text)).toThrow(
      `--spawner must be forkd, simple, local or a class such as my_package.spawners:MySpawner, not '${text}'`,
    );
  });
});
