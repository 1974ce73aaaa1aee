import { z } from 'zod';

import { unparsable, unprocessable } from '../http/api-error.ts';
import { explainMismatch } from './explain-mismatch.ts';
import { JsonSyntaxError, type JsonNode, readJson } from './json-reader.ts';

/** A request type: its schema, and the name that forkd's messages give it. */
export interface BodyShape<Schema extends z.ZodObject> {
  readonly name: string;
  readonly schema: Schema;
}

/**
 * Parses a request's body. The quick way is JSON.parse; only a body that fails is read again with
 * positions, to refuse it in serde's words.
 */
export function parseBody<Schema extends z.ZodObject>(
  bytes: Buffer,
  { name, schema }: BodyShape<Schema>,
): z.infer<Schema> {
  const value = fieldsByName(parseJson(bytes), schema);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw unprocessable(explainAt(bytes, readJson(bytes), result.error.issues, schema, name));
}

/** Also the first step for a handler whose request has more than one shape. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw unparsable(syntaxFault(bytes));
  }
}

function syntaxFault(bytes: Buffer): string {
  try {
    readJson(bytes);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
  return 'expected value at line 1 column 1';
}

/** serde also takes a list for a struct: its items are the fields in their order. */
function fieldsByName(value: unknown, schema: z.ZodObject): unknown {
  if (!Array.isArray(value)) return value;
  const items: readonly unknown[] = value;
  return Object.fromEntries(
    Object.keys(schema.shape)
      .slice(0, items.length)
      .map((field, index) => [field, items[index]]),
  );
}

function explainAt(
  bytes: Buffer,
  root: JsonNode,
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodObject,
  name: string,
): string {
  if (root.kind !== 'array') return explainMismatch(bytes, root, issues, name);
  const fields = Object.keys(schema.shape);
  const indexed = issues.map((issue) => ({
    ...issue,
    path: [fields.indexOf(String(issue.path[0])), ...issue.path.slice(1)],
  }));
  const faults = indexed.filter(({ path }) => Number(path[0]) < root.items.length);
  if (faults.length > 0) return explainMismatch(bytes, root, faults, name);
  return `invalid length ${root.items.length}, expected struct ${name} with ${fields.length} elements at line 1 column ${root.end}`;
}
