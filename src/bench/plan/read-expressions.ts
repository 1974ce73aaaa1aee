import { checkDocument, type DocumentKind, parseDocument, readDocument } from '../../files/json-document.ts';
import { type ExpressionFile, expressionFileSchema } from './expression-set.ts';

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
