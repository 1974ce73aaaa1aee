import { describe, expect, it } from 'vitest';

import {
  assignExpressions,
  BUILT_IN_EXPRESSIONS,
  expressionFileSchema,
  readExpressions,
} from '../../../src/bench/plan/expression-set.ts';

describe('assignExpressions', () => {
  it('puts the set-up in front of each expression, in the same cell', () => {
    const file = {
      setup: 'import numpy as np',
      expressions: [{ expression: 'np.pi > 3', expected: 'True' }],
    };

    expect(assignExpressions(file, 1)).toEqual([
      { code: 'import numpy as np\nnp.pi > 3', expression: 'np.pi > 3', expected: 'True' },
    ]);
  });

  it("makes further expressions from the template, with the user's number", () => {
    const file = {
      setup: '',
      expressions: [{ expression: '1', expected: '1' }],
      template: { expression: '[{n}] * {n}', expected: 'list {n}' },
    };

    expect(assignExpressions(file, 3).map(({ expression }) => expression)).toEqual([
      '1',
      '[2] * 2',
      '[3] * 3',
    ]);
  });

  it('refuses two users with one expected value, because a mix-up would go unnoticed', () => {
    const pair = { expression: '1', expected: '1' };

    expect(() => assignExpressions({ setup: '', expressions: [pair, pair] }, 2)).toThrow(
      "users 1 and 2 would both expect '1'",
    );
  });

  it('has a result of its own for each of 1000 users in the built-in file, 60 or more hand-made', async () => {
    const file = await readExpressions(BUILT_IN_EXPRESSIONS);

    expect(file.expressions.length).toBeGreaterThanOrEqual(60);
    expect(new Set(assignExpressions(file, 1000).map(({ expected }) => expected)).size).toBe(1000);
  });

  it('gives every user the cells that follow, with its number in them', () => {
    const file = expressionFileSchema.parse({
      expressions: [
        { expression: '1', expected: '1' },
        { expression: '2', expected: '2' },
      ],
      cells: [
        { expression: 'x = {n}', expected: '' },
        { expression: 'x', expected: '{n}', thinkMs: 2000 },
      ],
    });

    expect(assignExpressions(file, 2)[1]?.more).toEqual([
      { expression: 'x = 2', expected: '', thinkMs: 0 },
      { expression: 'x', expected: '2', thinkMs: 2000 },
    ]);
  });
});
