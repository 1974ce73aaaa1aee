import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hashSources, requireFreshBuild, stampBuild } from '../../scripts/fresh-build.ts';

let root: string;
let source: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fresh-build-test-'));
  source = join(root, 'src', 'bench', 'clock.ts');
  await mkdir(join(root, 'src', 'bench'), { recursive: true });
  await mkdir(join(root, 'dist'));
  await writeFile(source, 'export const ONE = 1;\n');
  for (const name of ['tsconfig.json', 'tsconfig.build.json']) await writeFile(join(root, name), '{}\n');
  stampBuild(root, hashSources(root));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

const check = (): void => {
  requireFreshBuild(root);
};

describe('a build', () => {
  it('is fresh while nothing is changed, whatever the times of the files are', async () => {
    const future = new Date(Date.now() + 3_600_000);
    await utimes(source, future, future);
    await utimes(join(root, 'dist', '.sources'), 0, 0);

    expect(check).not.toThrow();
  });

  it.each([
    ['a file was changed', () => writeFile(source, 'export const ONE = 2;\n')],
    ['a file was added', () => writeFile(join(root, 'src', 'more.ts'), '')],
    ['a file was renamed', () => rename(source, join(root, 'src', 'bench', 'watch.ts'))],
    ['a file was removed', () => rm(source)],
    ["the compiler's options were changed", () => writeFile(join(root, 'tsconfig.json'), '{ }\n')],
    ['there is none', () => rm(join(root, 'dist'), { recursive: true })],
  ])('is refused when %s, with what to do', async (_, change) => {
    await change();

    expect(check).toThrow("dist/ was not made from src/ as it is now: run 'npm run build'");
  });
});
