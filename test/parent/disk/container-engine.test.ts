import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { findEngine } from '../../../src/parent/disk/container-engine.ts';

const NO_ENGINE = 'echo "Cannot connect to the Docker daemon" >&2; exit 1';
const WITHOUT_IMAGE = '[ "$1" = info ]';
const WITH_IMAGE = '[ "$*" = info ] || [ "$*" = "image inspect science:1" ]';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-test-'));
  vi.stubEnv('PATH', folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function install(programs: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, script] of Object.entries(programs)) {
    const file = join(folder, name);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  }
}

async function found(): Promise<string> {
  const engine = await findEngine('science:1', new AbortController().signal);
  return engine.slice(folder.length + 1);
}

describe('the engine that an image comes from', () => {
  it.each([
    ['has the image', { docker: WITH_IMAGE, podman: WITHOUT_IMAGE }, 'docker'],
    ['has the image, whatever else works', { docker: WITHOUT_IMAGE, podman: WITH_IMAGE }, 'podman'],
    ['works and may fetch it', { docker: NO_ENGINE, podman: WITHOUT_IMAGE }, 'podman'],
    ['is there', { podman: WITHOUT_IMAGE }, 'podman'],
  ])('is the one that %s', async (_, programs, expected) => {
    await install(programs);

    expect(await found()).toBe(expected);
  });

  it('is missed in the words of the one that does not work', async () => {
    await install({ docker: NO_ENGINE });

    await expect(found()).rejects.toMatchObject({
      message: expect.stringContaining('Cannot connect to the Docker daemon'),
      hint: expect.stringContaining('apt-get install podman'),
    });
  });

  it('is missed where none is installed', async () => {
    await expect(found()).rejects.toThrow('there is no docker or podman in the search path');
  });
});
