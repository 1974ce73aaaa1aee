import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { resolveTemporaryFolder } from '../../src/cli/resolve-temporary-folder.ts';
import { runCli } from '../helpers/run-cli.ts';
import { appendUntilFull, mountSmallDisk } from '../helpers/small-disk.ts';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

let out: string;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'temporary-folder-'));
});

afterEach(async () => {
  await rm(out, { recursive: true });
});

describe('the temporary folder', () => {
  it.each(['/dev/null', '/proc'])('%s is refused by its own name', async (folder) => {
    const result = await runCli(['smoke', '--out', out], undefined, { TMPDIR: folder });

    expect(result.stderr).toMatch(
      new RegExp(`Error: the temporary folder ${folder} cannot be used: .*\\n.*TMPDIR.*\\n$`),
    );
    expect(result.exitCode).toBe(3);
  });

  it('on a full disk is named with what is missing, and nothing is left in it', async ({ skip }) => {
    await using disk = await mountSmallDisk('32k');
    if (disk === undefined) return skip();
    appendUntilFull(join(disk.path, 'filler'));

    const result = await runCli(['smoke', '--out', out], undefined, { TMPDIR: disk.path });

    expect(result.stderr).toMatch(
      /Error: the temporary folder \S+ cannot be used: the disk is full \(ENOSPC\)\n.*\n$/,
    );
    expect(result.exitCode).toBe(3);
    // Node.js has its compilations there.
    const left = (await readdir(disk.path)).filter((name) => name !== 'node-compile-cache');
    expect(left).toEqual(['filler']);
  });

  it('that is named from the working folder is the same for children in other folders', () => {
    const environment = { TMPDIR: relative(process.cwd(), out), TMP: '' };

    resolveTemporaryFolder(environment);

    expect(environment).toEqual({ TMPDIR: out, TMP: '' });
  });

  it('that is named from a working folder which is gone ends as any error does', async () => {
    const script = `mkdir gone && cd gone && rmdir ../gone && exec "${process.execPath}" "${BIN}" --version`;
    const environment = { ...process.env, TMPDIR: 'tmp' };

    const ended = await new Promise<{ readonly code: unknown; readonly stderr: string }>((resolve) => {
      execFile('sh', ['-c', script], { cwd: out, env: environment }, (error, _, stderr) => {
        resolve({ code: error?.code, stderr });
      });
    });

    expect(ended.stderr).toMatch(
      /^Error: TMPDIR=tmp leads nowhere: the working folder has been removed\n.*\n$/m,
    );
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
    expect(ended.code).toBe(3);
  });
});
