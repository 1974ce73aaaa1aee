import { PassThrough } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { confirmLoad } from '../../src/cli/confirm-load.ts';
import type { BenchPlan } from '../../src/bench/plan/bench-plan.ts';
import { standInPlan } from '../helpers/bench-stand-in.ts';

const HUB = { url: 'https://hub.example.org', tokenFile: 'token', names: ['bench-1'], namesUsers: false };

function planWith(users: number): BenchPlan {
  return standInPlan({ users, hub: HUB });
}

function terminal(answer: string, isTTY = true): { input: PassThrough; output: PassThrough } {
  const input = Object.assign(new PassThrough(), { isTTY });
  input.end(`${answer}\n`);
  return { input, output: Object.assign(new PassThrough(), { isTTY }) };
}

describe('confirmLoad', () => {
  it.each([
    ['10 users', [planWith(10)], false],
    ['a hub of our own', [standInPlan({ users: 50 })], false],
    ['--yes', [planWith(50)], true],
  ])('does not ask for %s', async (_, plans, yes) => {
    await expect(confirmLoad(plans, yes, terminal('', false))).resolves.toBeUndefined();
  });

  it('refuses more than 10 users, of a sweep as well, where nobody can be asked', async () => {
    const confirming = confirmLoad([planWith(1), planWith(11)], false, terminal('y', false));

    await expect(confirming).rejects.toMatchObject({ exitReason: 'usage' });
    await expect(confirming).rejects.toThrow('this would start 11 servers at https://hub.example.org');
  });

  it('goes on with a yes and ends with anything else', async () => {
    await expect(confirmLoad([planWith(11)], false, terminal('y'))).resolves.toBeUndefined();
    await expect(confirmLoad([planWith(11)], false, terminal(''))).rejects.toThrow('the answer was no');
  });
});
