import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

import { runCli } from '../helpers/run-cli.ts';

/** What bash offers after `line`, with the functions that were made for it. */
async function completionsOf(functions: string, line: string): Promise<readonly string[]> {
  const words = line.split(' ');
  const script = `
    set -e -o pipefail
    source "$1"
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    COMP_LINE='${line}'; COMP_POINT=${line.length}
    $(complete -p forkd-spawner | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script, 'bash', functions]);
  return stdout.trim().split(/\s+/);
}

it('bash completes commands, and the flags of each', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'autocomplete-test-'));
  // oclif's own, too, and the stronger of the two.
  const env = { FORKD_SPAWNER_CACHE_DIR: cache };

  const { exitCode, stderr } = await runCli(['autocomplete', 'bash'], undefined, env);

  const functions = join(cache, 'autocomplete/functions/bash/forkd-spawner.bash');
  expect(exitCode).toBe(0);
  // Commands that could not be loaded are a warning of oclif's, and missing.
  expect(await readFile(functions, 'utf8'), stderr).toContain('\ndoctor --');
  expect(await completionsOf(functions, 'forkd-spawner do')).toEqual(['doctor']);
  expect(await completionsOf(functions, 'forkd-spawner accept --ju')).toEqual(['--junit']);
  await rm(cache, { recursive: true });
});
