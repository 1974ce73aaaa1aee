import { readdir, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { runCli } from '../helpers/run-cli.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const manifestSchema = z.object({
  commands: z.record(z.string(), z.object({ flags: z.record(z.string(), z.unknown()) })),
});

/** All that a user can type, and what help says of it. */
const surfaceSchema = z.object({
  commands: z.record(
    z.string(),
    z.object({
      summary: z.string(),
      description: z.string().optional(),
      args: z.record(z.string(), z.object({ required: z.boolean().optional() })),
      flags: z.record(
        z.string(),
        z.object({
          type: z.string(),
          summary: z.string().optional(),
          default: z.unknown().optional(),
          multiple: z.boolean().optional(),
          options: z.array(z.string()).optional(),
          hidden: z.boolean().optional(),
        }),
      ),
    }),
  ),
});

/** Those of a topic as the manifest has them: `parent:build`. */
async function commandNames(): Promise<readonly string[]> {
  const files = await readdir(pathOf('src/commands'), { recursive: true });
  const commands = files.filter((file) => file.endsWith('.ts'));
  return commands.map((file) => file.replace('.ts', '').replace('/', ':')).toSorted();
}

describe('--help', () => {
  it('lists every command, from a manifest that the build has made', async () => {
    const text = await readFile(pathOf('oclif.manifest.json'), 'utf8');
    const names = await commandNames();

    const { stdout, exitCode } = await runCli(['--help']);

    expect(exitCode).toBe(0);
    for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name.split(':')[0] ?? ''} `, 'm'));
    expect(Object.keys(manifestSchema.parse(JSON.parse(text)).commands).toSorted()).toEqual(names);
  });

  it('and what can be typed is as users know it', async () => {
    const manifest: unknown = JSON.parse(await readFile(pathOf('oclif.manifest.json'), 'utf8'));

    expect(surfaceSchema.parse(manifest).commands).toMatchSnapshot();
  });

  it('is of the very build that is run', async () => {
    const [manifest, compiled] = await Promise.all(
      ['oclif.manifest.json', 'dist/commands/bench.js'].map((name) => stat(pathOf(name))),
    );

    expect(manifest?.mtimeMs).toBeGreaterThanOrEqual(compiled?.mtimeMs ?? Infinity);
  });

  it('shows the flags of one command', async () => {
    const { stdout } = await runCli(['bench', '--help']);

    expect(stdout).toContain('--users=<value>');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('forkd, simple, local, or any class');
  });
});

describe('wrong usage', () => {
  it.each([
    [['nonsense'], 'command nonsense not found'],
    [['bench', '--nonsense'], 'Nonexistent flag: --nonsense'],
    [['hub', '--spawner', 'nonsense'], '--spawner must be forkd, simple, local or a class'],
  ])('ends with 2 for %j', async (args, message) => {
    const { stderr, exitCode } = await runCli(args);

    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});
