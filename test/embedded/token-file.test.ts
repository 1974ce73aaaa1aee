import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readOrCreateToken } from '../../src/embedded/token-file.ts';

const MODULE = fileURLToPath(new URL('../../src/embedded/token-file.ts', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'token-file-test-'));
});
afterEach(async () => rm(folder, { recursive: true }));

/** In a process whose files can't grow, as on a full disk. */
async function createWithoutSpace(path: string): Promise<string> {
  const code = `
    process.on('SIGXFSZ', () => {});
    const { readOrCreateToken } = await import(${JSON.stringify(MODULE)});
    console.log(await readOrCreateToken(${JSON.stringify(path)}, () => {}).catch((error) => error.message));`;
  const node = [process.execPath, '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)('bash', ['-c', 'ulimit -f 0; exec "$@"', 'bash', ...node]);
  return stdout;
}

describe('the token file', () => {
  it('is made once, for its owner only', async () => {
    const path = join(folder, 'token');
    const token = await readOrCreateToken(path, () => undefined);

    expect(await readOrCreateToken(path, () => undefined)).toBe(token);
    expect(await readFile(path, 'utf8')).toBe(`${token}\n`);
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600');
  });

  it('is not left behind empty where the disk is full', async () => {
    expect(await createWithoutSpace(join(folder, 'token'))).toContain('cannot be used: EFBIG');
    expect(await readdir(folder)).toEqual([]);
  });
});
