import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { messageOf } from '../faults/caught-error.ts';
import { UsageError } from '../faults/errors.ts';
import { writeOutputFile } from '../files/output-file.ts';
import { cannotWrite } from '../faults/output-faults.ts';
import { storeNew, type TimedName } from '../files/new-file.ts';
import type { TraceFile } from './trace-events.ts';

const HINT = 'give --trace the path of a file in a folder that you may write to';

/** Proves, as far as that is possible without writing, that the file named by the user can be written. */
export async function checkTracePath(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) {
    throw new UsageError(`--trace ${path} is a folder`, { hint: HINT });
  }
  await access(found === undefined ? dirname(path) : path, constants.W_OK).catch((cause: unknown) => {
    throw new UsageError(`--trace ${path} cannot be written to: ${messageOf(cause)}`, { hint: HINT, cause });
  });
}

/** A file that the user named is written anew; one that we name never takes another's place. */
export async function storeTrace(
  trace: TraceFile,
  path: string | undefined,
  { folder, name }: { readonly folder: string; readonly name: TimedName },
): Promise<string> {
  if (path !== undefined) {
    await writeOutputFile({ flag: '--trace', file: path }, toText(trace));
    return path;
  }
  return storeNew(folder, name, toText(trace)).catch((cause: unknown) => {
    throw cannotWrite(`--out ${folder}`, cause, HINT);
  });
}

function toText(trace: TraceFile): string {
  // One event a line: short enough to be looked through, and for tools line by line.
  const events = trace.traceEvents.map((event) => JSON.stringify(event)).join(',\n');
  const head = JSON.stringify({ displayTimeUnit: trace.displayTimeUnit, otherData: trace.otherData });
  return `${head.slice(0, -1)},"traceEvents":[\n${events}\n]}\n`;
}
