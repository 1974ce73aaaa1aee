/** Where serde_json found a fault: the reason, and `at line L column C`. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

const LONGEST_NUMBER = 400;

/** A place in a JSON text that moves forward byte by byte, as serde_json's does. */
export class Cursor {
  offset = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  atEnd(): boolean {
    return this.offset >= this.#bytes.length;
  }

  peek(): string | undefined {
    const byte = this.#bytes[this.offset];
    return byte === undefined ? undefined : String.fromCharCode(byte);
  }

  take(): string | undefined {
    const next = this.peek();
    if (next !== undefined) this.offset += 1;
    return next;
  }

  skip(count: number): void {
    this.offset += count;
  }

  skipBlanks(): void {
    while (/^[ \t\r\n]$/.test(this.peek() ?? '')) this.offset += 1;
  }

  takeWord(word: string): string {
    for (const letter of word) {
      if (this.atEnd()) throw this.errorHere('EOF while parsing a value');
      if (this.take() !== letter) throw this.errorHere('expected ident');
    }
    return word;
  }

  /** What follows, as far as a number can reach. */
  rest(): string {
    return this.#bytes.toString('latin1', this.offset, this.offset + LONGEST_NUMBER);
  }

  slice(start: number, end: number): string {
    return this.#bytes.toString('utf8', start, end);
  }

  /** A fault that the byte before the cursor, already consumed, has shown. */
  errorHere(reason: string): JsonSyntaxError {
    return new JsonSyntaxError(`${reason} at ${positionOf(this.#bytes, this.offset)}`);
  }

  /** A fault that the next byte shows. */
  errorAtNext(reason: string): JsonSyntaxError {
    return new JsonSyntaxError(
      `${reason} at ${positionOf(this.#bytes, Math.min(this.offset + 1, this.#bytes.length))}`,
    );
  }
}

/** serde_json's position of what ends before `end`: lines from 1, columns in bytes since the line's start. */
export function positionOf(bytes: Buffer, end: number): string {
  const before = bytes.toString('latin1', 0, end);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return `line ${line} column ${end - lineStart}`;
}
