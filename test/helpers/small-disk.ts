import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { hasCode } from '../../src/faults/caught-error.ts';

const run = promisify(execFile);

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
}

/** A file system of a few pages; undefined where none can be mounted, which only root may. */
export async function mountSmallDisk(size: string): Promise<SmallDisk | undefined> {
  const path = await mkdtemp(join(tmpdir(), 'small-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  } catch {
    await rmdir(path);
    return undefined;
  }
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await run('umount', ['--lazy', path]);
      await rmdir(path);
    },
  };
}

/** Leaves not a byte on the disk that the file is on. */
export function appendUntilFull(file: string): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(4096));
  } catch (error) {
    if (!hasCode(error, 'ENOSPC')) throw error;
  }
}
