import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { UsageError } from '../faults/errors.ts';

/** What messages say of one kind of JSON file that users give us. */
export interface DocumentKind {
  /** The words before the file's name: `the record`. */
  readonly called: string;
  /** What a file of another content is not: `a record of a run`. */
  readonly described: string;
  readonly hint: string;
  /** Whether it is replaced as a whole, never half written: one that breaks off was cut by something else. */
  readonly isWrittenWhole?: boolean;
}

/** The text of a file; every problem is a `UsageError` that names the file. */
export async function readDocument(kind: DocumentKind, name: string, file: string | URL): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`cannot read ${kind.called} ${name}: ${String(cause)}`, { cause, hint: kind.hint });
  }
}

export function parseDocument(kind: DocumentKind, name: string, text: string): unknown {
  const { called, hint, isWrittenWhole = false } = kind;
  if (text.trim() === '') throw new UsageError(`${called} ${name} is empty`, { hint });
  try {
    return JSON.parse(text);
  } catch (cause) {
    const looksCut = isWrittenWhole && text.startsWith('{') && !text.trimEnd().endsWith('}');
    const what = looksCut ? 'is truncated: it breaks off' : 'is not JSON';
    throw new UsageError(`${called} ${name} ${what} (${String(cause)})`, { cause, hint });
  }
}

/** The content of a document that has been parsed, as its schema has it. */
export function checkDocument<T>(
  kind: DocumentKind,
  name: string,
  schema: z.ZodType<T>,
  document: unknown,
): T {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${name} is not ${kind.described}: ${z.prettifyError(parsed.error)}`, {
    hint: kind.hint,
  });
}
