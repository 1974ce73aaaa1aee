import { Cursor, JsonSyntaxError } from './cursor.ts';
import { readString } from './string-reader.ts';

/** A JSON value that knows where it ends, in bytes from 0: what serde's messages are about. */
export type JsonNode =
  | { readonly kind: 'null'; readonly end: number }
  | { readonly kind: 'boolean'; readonly text: string; readonly end: number }
  | { readonly kind: 'number'; readonly text: string; readonly end: number }
  | { readonly kind: 'string'; readonly text: string; readonly end: number }
  | {
      readonly kind: 'array';
      readonly start: number;
      readonly items: readonly JsonNode[];
      readonly end: number;
    }
  | {
      readonly kind: 'object';
      readonly start: number;
      readonly entries: ReadonlyMap<string, JsonNode>;
      readonly end: number;
    };

/** Reads the whole text; throws `JsonSyntaxError` with serde_json's words and position. */
export function readJson(body: Buffer): JsonNode {
  const cursor = new Cursor(body);
  const value = readValue(cursor);
  cursor.skipBlanks();
  if (!cursor.atEnd()) throw cursor.errorAtNext('trailing characters');
  return value;
}

function readValue(cursor: Cursor): JsonNode {
  cursor.skipBlanks();
  switch (cursor.peek()) {
    case undefined:
      throw cursor.errorHere('EOF while parsing a value');
    case '{':
      return readObject(cursor);
    case '[':
      return readArray(cursor);
    case '"':
      return { kind: 'string', text: readString(cursor), end: cursor.offset };
    case 'n':
      cursor.takeWord('null');
      return { kind: 'null', end: cursor.offset };
    case 't':
      return { kind: 'boolean', text: cursor.takeWord('true'), end: cursor.offset };
    case 'f':
      return { kind: 'boolean', text: cursor.takeWord('false'), end: cursor.offset };
    default:
      return readNumber(cursor);
  }
}

function readObject(cursor: Cursor): JsonNode {
  const start = cursor.offset;
  const entries = new Map<string, JsonNode>();
  cursor.take();
  for (let first = true; ; first = false) {
    if (endsHere(cursor, '}', first, 'an object')) break;
    if (cursor.peek() !== '"') throw cursor.errorAtNext('key must be a string');
    const key = readString(cursor);
    cursor.skipBlanks();
    if (cursor.atEnd()) throw cursor.errorHere('EOF while parsing an object');
    if (cursor.take() !== ':') throw cursor.errorHere('expected `:`');
    entries.set(key, readValue(cursor));
  }
  return { kind: 'object', start, entries, end: cursor.offset };
}

function readArray(cursor: Cursor): JsonNode {
  const start = cursor.offset;
  const items: JsonNode[] = [];
  cursor.take();
  for (let first = true; !endsHere(cursor, ']', first, 'a list'); first = false)
    items.push(readValue(cursor));
  return { kind: 'array', start, items, end: cursor.offset };
}

/** Consumes the closing bracket (true), or the comma before the next item (false). */
function endsHere(cursor: Cursor, close: '}' | ']', first: boolean, what: string): boolean {
  cursor.skipBlanks();
  if (cursor.atEnd()) throw cursor.errorHere(`EOF while parsing ${what}`);
  if (cursor.peek() === close) {
    cursor.take();
    return true;
  }
  if (first) return false;
  if (cursor.peek() !== ',') throw cursor.errorAtNext(`expected \`,\` or \`${close}\``);
  cursor.take();
  cursor.skipBlanks();
  if (cursor.atEnd()) throw cursor.errorHere('EOF while parsing a value');
  if (cursor.peek() === close) throw cursor.errorAtNext('trailing comma');
  return false;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;

function readNumber(cursor: Cursor): JsonNode {
  const next = cursor.peek() ?? '';
  if (!/[-\d]/.test(next)) throw cursor.errorAtNext('expected value');
  const [text] = NUMBER.exec(cursor.rest()) ?? [];
  if (text === undefined) throw cursor.errorAtNext('invalid number');
  cursor.skip(text.length);
  return { kind: 'number', text, end: cursor.offset };
}

export { JsonSyntaxError };
