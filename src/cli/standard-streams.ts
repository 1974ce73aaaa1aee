import { fstatSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { hasCode, messageOf } from '../faults/caught-error.ts';
import { EnvironmentError } from '../faults/errors.ts';

/** The errors where nobody reads any more: `| head` has seen enough, a terminal was closed. */
const READER_GONE = ['EPIPE', 'ECONNRESET'];

/** Why something that was written to standard output isn't there. */
let refusal: unknown;
let isTold = false;

/**
 * From here on no error of standard output or standard error is thrown: it would end the process
 * in the middle of a run and leave behind what runs. A reader that has gone is no error at all; what
 * else keeps standard output from being written is raised by `print` and `requireOutput`, from where
 * the command ends as after any other error. To be called once, when oclif is loaded.
 */
export function guardStandardStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    // oclif's listener throws what isn't EPIPE.
    stream.removeAllListeners('error');
    writeWholly(stream);
  }
  process.stdout.on('error', noteRefusal);
  // Messages that nobody can read change nothing about the result.
  process.stderr.on('error', () => undefined);
}

/** Writes a line to standard output. Resolves when it is written, or when its reader has gone. */
export async function print(text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  process.stdout.write(`${text}\n`, () => {
    resolve(undefined);
  });
  await promise;
  await requireOutput();
}

/** Throws, once, when something that was written to standard output, by whomever, isn't there. */
export async function requireOutput(): Promise<void> {
  // A stream tells of an error after the write's own callback.
  await setImmediate();
  if (refusal === undefined || isTold) return;
  isTold = true;
  throw new EnvironmentError(`standard output cannot be written: ${messageOf(refusal)}`, {
    hint: 'make room where it leads to, or send it elsewhere',
    cause: refusal,
  });
}

/** Keeps the first refusal: a stream that had an error says of the next write only that it is closed. */
function noteRefusal(error: unknown): void {
  if (!isReaderGone(error)) refusal ??= error;
}

function isReaderGone(error: unknown): boolean {
  // EIO says that a terminal was closed, and that a file's disk is broken.
  if (hasCode(error, 'EIO')) return process.stdout.isTTY;
  return READER_GONE.some((code) => hasCode(error, code));
}

/**
 * Has a file get the whole text. Node tries one write and takes what it wrote for all of the text: on
 * a disk that fills meanwhile the rest would be lost without a word.
 *
 * ref: node, lib/internal/fs/sync_write_stream.js
 */
function writeWholly(stream: NodeJS.WriteStream & { readonly fd: number }): void {
  if (!fstatSync(stream.fd).isFile()) return;
  stream._write = (chunk: Uint8Array, _encoding, callback) => {
    try {
      writeFileSync(stream.fd, chunk);
      callback();
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)));
    }
  };
}
