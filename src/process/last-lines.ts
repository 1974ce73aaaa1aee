import { open } from 'node:fs/promises';

const BYTES_PER_LINE = 400;

/** The end of a log file; empty when there is none. */
export async function lastLines(path: string, count: number): Promise<readonly string[]> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - count * BYTES_PER_LINE);
      const { buffer } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
      return buffer.toString().trimEnd().split('\n').slice(-count);
    } finally {
      await file.close();
    }
  } catch {
    return [];
  }
}
