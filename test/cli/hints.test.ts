import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Config } from '@oclif/core';
import { beforeAll, describe, expect, it } from 'vitest';

import { freePorts } from '../../src/process/free-ports.ts';
import { runCli } from '../helpers/run-cli.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let flagsOf: ReadonlyMap<string, ReadonlySet<string>>;

beforeAll(async () => {
  const config = await Config.load(ROOT);
  flagsOf = new Map(
    config.commands.map(({ id, flags }) => [id.replaceAll(':', ' '), new Set(Object.keys(flags))]),
  );
});

/** What stands behind `hint:` and what mends a check, in all of the sources. */
async function remedies(): Promise<readonly { readonly file: string; readonly text: string }[]> {
  const files = (await readdir(join(ROOT, 'src'), { recursive: true })).filter((file) =>
    file.endsWith('.ts'),
  );
  const found = await Promise.all(
    files.map(async (file) => {
      const source = await readFile(join(ROOT, 'src', file), 'utf8');
      const texts = source.matchAll(/(?:hint|HINT\w*|mend)\b[^'"`\n]*\n?\s*(['"`])(.*?)\1\s*[,;)}\n]/g);
      return [...texts].map(([, , text = '']) => ({ file, text }));
    }),
  );
  return found.flat();
}

function flagsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, name = '']) => name);
}

describe('a remedy', () => {
  it('names flags that some command has', async () => {
    const known = new Set([...flagsOf.values()].flatMap((flags) => [...flags]));
    const all = await remedies();

    const unknown = all.filter(({ text }) => flagsIn(text).some((name) => !known.has(name)));

    expect(all.filter(({ text }) => flagsIn(text).length > 0).length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
  });

  it.each(['parent verify', 'smoke', 'doctor', 'hub'])(
    'of %s, where no controller listens, is one that it takes',
    async (command) => {
      const [port = 0] = await freePorts(1);
      const args = [...command.split(' '), '--controller', `http://127.0.0.1:${port}`];

      const { stdout, stderr, exitCode } = await runCli(args);

      expect(exitCode).toBe(3);
      const remedy = `${stdout}\n${stderr}`
        .split('\n')
        .find((line) => line.includes('Nothing listens there'));
      expect(flagsIn(remedy ?? '').filter((name) => flagsOf.get(command)?.has(name) !== true)).toEqual([]);
      expect(remedy).toContain('--controller');
      expect(remedy).not.toContain('embedded');
    },
  );
});
