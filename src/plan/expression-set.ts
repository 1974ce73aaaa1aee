import { z } from 'zod';

import { UsageError } from '../errors.ts';

/** One cell and the `text/plain` that its last line must show. */
export interface Expression {
  readonly code: string;
  readonly expression: string;
  readonly expected: string;
}

const USER_NUMBER = '{n}';

const pairSchema = z.strictObject({ expression: z.string().min(1), expected: z.string() });

/**
 * The file behind `--expressions`: `setup` runs in front of every expression in the same cell;
 * `template` makes further expressions, `{n}` being the user's number, once the list is used up.
 */
export const expressionFileSchema = z.strictObject({
  setup: z.string().default(''),
  expressions: z.array(pairSchema).min(1),
  template: pairSchema.optional(),
});

export type ExpressionFile = z.infer<typeof expressionFileSchema>;

/**
 * One expression for each user, no two with the same expected value: a result that ends up with
 * the wrong user is then always noticed.
 */
export function assignExpressions(file: ExpressionFile, users: number): readonly Expression[] {
  const assigned = Array.from({ length: users }, (_, index) => expressionFor(file, index, users));
  refuseSharedResults(assigned);
  return assigned;
}

function expressionFor(file: ExpressionFile, index: number, users: number): Expression {
  const pair = file.expressions[index] ?? fromTemplate(file, index, users);
  const code = file.setup === '' ? pair.expression : `${file.setup}\n${pair.expression}`;
  return { ...pair, code };
}

function fromTemplate(file: ExpressionFile, index: number, users: number): z.infer<typeof pairSchema> {
  if (file.template === undefined) {
    throw new UsageError(
      `the expressions file holds ${file.expressions.length} expressions and no template, too few for ${users} users`,
      { hint: `add expressions, or a "template" whose expression and expected value hold ${USER_NUMBER}` },
    );
  }
  const number = String(index + 1);
  return {
    expression: file.template.expression.replaceAll(USER_NUMBER, number),
    expected: file.template.expected.replaceAll(USER_NUMBER, number),
  };
}

function refuseSharedResults(expressions: readonly Expression[]): void {
  const owners = new Map<string, number>();
  for (const [index, { expected }] of expressions.entries()) {
    const owner = owners.get(expected);
    if (owner !== undefined) {
      throw new UsageError(
        `users ${owner + 1} and ${index + 1} would both expect '${expected}': mixed-up sessions would go unnoticed`,
        { hint: 'give every expression an expected value of its own' },
      );
    }
    owners.set(expected, index);
  }
}
