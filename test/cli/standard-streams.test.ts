import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { runRedirected } from '../helpers/run-redirected.ts';
import { mountSmallDisk } from '../helpers/small-disk.ts';

const RECORD = fileURLToPath(new URL('../../fixtures/records/1u-embedded.json', import.meta.url));
const NO_SPACE = /Error: standard output cannot be written: the disk is full \(ENOSPC\)\n {2}make room .*\n$/;
const SHOWING = [
  ['report', RECORD],
  ['compare', RECORD, RECORD, '--json'],
  ['accept', '--from', RECORD, '--json'],
  ['clean', '--dry-run'],
  ['parent', 'list', '--json'],
];
const PRINTING = [['--help'], ['bench', '--help'], ['--version'], ['report', RECORD, '--ndjson', '-']];

describe('standard output on a full disk', () => {
  it.each([...SHOWING, ...PRINTING])('is said in one sentence by %s %s', async (...args) => {
    const { exitCode, stderr } = await runRedirected(args, '>/dev/full');

    expect(stderr).toMatch(NO_SPACE);
    expect(stderr.match(/Error/g)).toHaveLength(1);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(exitCode).toBe(3);
  });

  it.each([
    [['report', RECORD], /verdict: passed/],
    [['compare', RECORD, RECORD, '--json'], /no difference|same/],
    [['accept', '--from', RECORD, '--json'], /verdict/],
  ])('leaves the result of %j on standard error, as text', async (args, text) => {
    const { stderr } = await runRedirected(args, '>/dev/full');

    expect(stderr).toMatch(text);
  });

  it('that fills in the middle of a document is noticed', async ({ skip }) => {
    await using disk = await mountSmallDisk('16k');
    if (disk === undefined) return skip();
    const file = join(disk.path, 'samples.ndjson');

    const { exitCode, stderr } = await runRedirected(['report', RECORD, '--ndjson', '-'], `>${file}`);

    expect(stderr).toMatch(NO_SPACE);
    expect(exitCode).toBe(3);
  });

  it('is no matter where only messages are lost', async () => {
    expect(await runRedirected(['report', RECORD], '2>/dev/full')).toMatchObject({ exitCode: 0 });
    expect(await runRedirected(['report', 'nowhere.json'], '2>/dev/full')).toMatchObject({ exitCode: 2 });
  });
});

describe('a reader that has seen enough', () => {
  it.each([...SHOWING, ...PRINTING].filter(([name]) => name !== 'accept'))(
    'is no error to %s %s',
    async (...args) => {
      const { exitCode, stderr } = await runRedirected(args, '| head -c 1');

      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    },
  );

  it('changes nothing about what was found', async () => {
    // The record is of a run that was never examined as an acceptance is.
    expect(await runRedirected(['accept', '--from', RECORD], '| true')).toEqual({ exitCode: 4, stderr: '' });
  });
});
