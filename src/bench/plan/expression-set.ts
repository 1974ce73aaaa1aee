import { z } from 'zod';

import { UsageError } from '../../faults/errors.ts';
import { checkDocument, type DocumentKind, parseDocument, readDocument } from '../../files/json-document.ts';

/** One cell and the `text/plain` that its last line must show. */
export interface Expression {
  readonly code: string;
  readonly expression: string;
  readonly expected: string;
  /** What the user runs after it, one after another; absent where nothing. */
  readonly more?: readonly FurtherCell[];
}

/** A later cell of a user, by itself, after a pause. */
export interface FurtherCell {
  readonly expression: string;
  readonly expected: string;
  readonly thinkMs: number;
}

const USER_NUMBER = '{n}';

const pairSchema = z.strictObject({ expression: z.string().min(1), expected: z.string() });

const furtherCellSchema = pairSchema.extend({ thinkMs: z.number().nonnegative().default(0) });

/**
 * The file behind `--expressions`: `setup` runs in front of every expression in the same cell;
 * `template` makes further expressions, `{n}` being the user's number, once the list is used up. `cells` are
 * run by every user after the first one, each `thinkMs` after the one before, `{n}` as above.
 */
export const expressionFileSchema = z.strictObject({
  setup: z.string().default(''),
  expressions: z.array(pairSchema).min(1),
  template: pairSchema.optional(),
  cells: z.array(furtherCellSchema).min(1).optional(),
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
  if (file.cells === undefined) return { ...pair, code };
  const more = file.cells.map(({ thinkMs, ...cell }) => ({ ...numbered(cell, index + 1), thinkMs }));
  return { ...pair, code, more };
}

function fromTemplate(file: ExpressionFile, index: number, users: number): z.infer<typeof pairSchema> {
  if (file.template === undefined) {
    throw new UsageError(
      `the expressions file holds ${file.expressions.length} expressions and no template, too few for ${users} users`,
      { hint: `add expressions, or a "template" whose expression and expected value hold ${USER_NUMBER}` },
    );
  }
  return numbered(file.template, index + 1);
}

function numbered(pair: z.infer<typeof pairSchema>, number: number): z.infer<typeof pairSchema> {
  return {
    expression: pair.expression.replaceAll(USER_NUMBER, String(number)),
    expected: pair.expected.replaceAll(USER_NUMBER, String(number)),
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

/** The numpy expressions that come with the package. */
export const BUILT_IN_EXPRESSIONS = new URL('../../../assets/expressions.json', import.meta.url);

const EXPRESSIONS: DocumentKind = {
  called: 'the expressions file',
  described: 'an expressions file',
  hint: 'it must hold {"expressions": [{"expression": "np.arange(4).sum()", "expected": "6"}]}',
};

/** Reads and validates an expressions file; every problem is a `UsageError` that names the file. */
export async function readExpressions(file: string | URL): Promise<ExpressionFile> {
  const name = file instanceof URL ? 'assets/expressions.json' : file;
  const document = parseDocument(EXPRESSIONS, name, await readDocument(EXPRESSIONS, name, file));
  return checkDocument(EXPRESSIONS, name, expressionFileSchema, document);
}
