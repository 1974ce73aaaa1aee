import type { z } from 'zod';

import { positionOf } from './cursor.ts';
import type { JsonNode } from './json-reader.ts';

type Path = readonly PropertyKey[];

interface Mismatch {
  readonly text: string;
  /** In bytes: serde reads from left to right and stops at the first mismatch. */
  readonly end: number;
}

/**
 * Says in serde's words why a JSON text has not the shape of a schema. Every leaf of the schema
 * carries what serde calls the expected type as its error message (`z.string('a string')`).
 */
export function explainMismatch(
  bytes: Buffer,
  root: JsonNode,
  issues: readonly z.core.$ZodIssue[],
  struct: string,
): string {
  const [first] = issues
    .map((issue) => describe(root, issue, struct))
    .toSorted((one, other) => one.end - other.end);
  if (first === undefined) return 'unknown mismatch';
  return `${first.text} at ${positionOf(bytes, first.end)}`;
}

function describe(root: JsonNode, issue: z.core.$ZodIssue, struct: string): Mismatch {
  const node = find(root, issue.path);
  if (node === undefined) {
    // Only known to be missing once the closing bracket has been read.
    return { text: `missing field \`${String(issue.path.at(-1))}\``, end: root.end };
  }
  const expected = issue.path.length === 0 ? `struct ${struct}` : issue.message;
  const kind = issue.code === 'too_small' || issue.code === 'too_big' ? 'invalid value' : 'invalid type';
  return {
    text: `${pathOf(issue.path)}${kind}: ${unexpected(node)}, expected ${expected}`,
    // serde refuses a list or a map at its opening bracket.
    end: node.kind === 'array' || node.kind === 'object' ? node.start : node.end,
  };
}

function find(root: JsonNode, path: Path): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const key of path) {
    if (node?.kind === 'object') node = node.entries.get(String(key));
    else if (node?.kind === 'array') node = node.items[Number(key)];
    else return undefined;
  }
  return node;
}

function pathOf(path: Path): string {
  const text = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  return text === '' ? '' : `${text}: `;
}

function unexpected(node: JsonNode): string {
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return `boolean \`${node.text}\``;
    case 'number':
      return `${/[.eE]/.test(node.text) ? 'floating point' : 'integer'} \`${node.text}\``;
    case 'string':
      return `string ${JSON.stringify(node.text)}`;
    case 'array':
      return 'sequence';
    case 'object':
      return 'map';
  }
}
