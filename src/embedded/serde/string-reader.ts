import type { Cursor } from './cursor.ts';

const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Reads a JSON string from its opening quote to behind its closing one. */
export function readString(cursor: Cursor): string {
  cursor.take();
  let text = '';
  let start = cursor.offset;
  for (;;) {
    const next = cursor.peek();
    if (next === undefined) throw cursor.errorHere('EOF while parsing a string');
    if (next < ' ') {
      throw cursor.errorAtNext('control character (\\u0000-\\u001F) found while parsing a string');
    }
    if (next !== '"' && next !== '\\') {
      cursor.skip(1);
      continue;
    }
    text += cursor.slice(start, cursor.offset);
    cursor.skip(1);
    if (next === '"') return text;
    text += readEscape(cursor);
    start = cursor.offset;
  }
}

function readEscape(cursor: Cursor): string {
  const letter = cursor.take();
  if (letter === undefined) throw cursor.errorHere('EOF while parsing a string');
  if (letter !== 'u') {
    const character = ESCAPES.get(letter);
    if (character === undefined) throw cursor.errorHere('invalid escape');
    return character;
  }
  const digits = cursor.rest().slice(0, 4);
  cursor.skip(digits.length);
  if (digits.length < 4) throw cursor.errorHere('EOF while parsing a string');
  if (!/^[\da-fA-F]{4}$/.test(digits)) throw cursor.errorHere('invalid escape');
  return String.fromCharCode(Number.parseInt(digits, 16));
}
