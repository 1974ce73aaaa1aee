import type { Writable } from 'node:stream';

const PIECE = Buffer.alloc(2 ** 16, ' ');
const MOST_BYTES = 200 * 2 ** 20;

/** Writes as fast as it is read, until nobody reads any more: 200 MiB at most. */
export function pourInto(stream: Writable): void {
  let sentBytes = 0;
  const pour = (): void => {
    while (!stream.destroyed && sentBytes < MOST_BYTES) {
      sentBytes += PIECE.length;
      if (!stream.write(PIECE)) return;
    }
    if (!stream.destroyed) stream.end();
  };
  stream.on('drain', pour);
  pour();
}
