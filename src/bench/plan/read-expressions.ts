import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { UsageError } from '../../faults/errors.ts';
import { type ExpressionFile, expressionFileSchema } from './expression-set.ts';

/** The numpy expressions that come with the package. */
export const BUILT_IN_EXPRESSIONS = new URL('../../../assets/expressions.json', import.meta.url);

const SHAPE_HINT = 'it must hold {"expressions": [{"expression": "np.arange(4).sum()", "expected": "6"}]}';

/** Reads and validates an expressions file; every problem is a `UsageError` that names the file. */
export async function readExpressions(file: string | URL): Promise<ExpressionFile> {
  const name = file instanceof URL ? 'assets/expressions.json' : file;
  const parsed = expressionFileSchema.safeParse(parseJson(name, await readText(name, file)));
  if (!parsed.success) {
    throw new UsageError(`${name} is not an expressions file: ${z.prettifyError(parsed.error)}`, {
      hint: SHAPE_HINT,
    });
  }
  return parsed.data;
}

async function readText(name: string, file: string | URL): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read the expressions file ${name}: ${String(cause)}`, { cause });
  }
}

function parseJson(name: string, text: string): unknown {
  if (text.trim() === '') throw new UsageError(`the expressions file ${name} is empty`, { hint: SHAPE_HINT });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`the expressions file ${name} is not JSON: ${String(cause)}`, {
      cause,
      hint: SHAPE_HINT,
    });
  }
}
