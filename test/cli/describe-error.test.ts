import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { describeError } from '../../src/cli/describe-error.ts';
import { EnvironmentError, InterruptedError, UsageError } from '../../src/faults/errors.ts';
import { EXIT_CODES } from '../../src/faults/exit-codes.ts';

describe('an error', () => {
  it('of ours is its message and what to do', () => {
    expect(describeError(new UsageError('--users 0', { hint: 'give one' }))).toEqual({
      reason: 'usage',
      text: 'Error: --users 0\n  give one\n',
    });
    expect(describeError(new EnvironmentError('no python3')).reason).toBe('environment');
    expect(describeError(new InterruptedError('SIGINT')).reason).toBe('interrupted');
  });

  it('that comes before another one, of what could not be stopped, is told with it', async () => {
    const run = async (): Promise<void> => {
      await using target = {
        [Symbol.asyncDispose]: () => Promise.reject(new EnvironmentError('the hub could not be stopped')),
      };
      throw new UsageError('no such user', { hint: `look at ${typeof target}` });
    };

    const error: unknown = await run().catch((thrown: unknown) => thrown);

    expect(describeError(error)).toEqual({
      reason: 'usage',
      text: 'Error: no such user\n  look at object\nError: the hub could not be stopped\n',
    });
  });

  it('of nobody is a bug, with where it came from', () => {
    const { reason, text } = describeError(new TypeError('x is undefined'));

    expect(reason).toBe('bug');
    expect(text).toContain('This is a bug in forkd-spawner (exit code 70)');
    expect(text).toContain('describe-error.test.ts');
  });
});

describe('docs/exit-codes.md', () => {
  it('has the table of the code', async () => {
    const page = await readFile(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning]);

    expect(rows).toEqual(Object.values(EXIT_CODES).map(({ code, meaning }) => [String(code), meaning]));
  });
});
