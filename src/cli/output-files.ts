import { writeFile } from 'node:fs/promises';

import { UsageError } from '../errors.ts';
import { print } from './standard-streams.ts';

/** What stands for standard output where a file's name is expected. */
const STANDARD_OUTPUT = '-';

export interface OutputFile {
  /** The flag that named it, for messages. */
  readonly flag: string;
  readonly file: string;
}

/** Two documents can't share one file: the second would overwrite the first, or stand behind it. */
export function checkOutputs(outputs: readonly OutputFile[]): void {
  for (const [file, sharing] of Map.groupBy(outputs, (output) => output.file)) {
    if (sharing.length < 2) continue;
    const flags = sharing.map(({ flag }) => flag).join(' and ');
    const where = file === STANDARD_OUTPUT ? 'to standard output' : `into ${file}`;
    throw new UsageError(`${flags} cannot both be written ${where}`, { hint: 'give each a file of its own' });
  }
}

export async function writeOutput({ flag, file }: OutputFile, text: string): Promise<void> {
  if (file === STANDARD_OUTPUT) {
    await print(text.replace(/\n$/, ''));
    return;
  }
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new UsageError(`${flag} ${file} cannot be written: ${String(cause)}`, {
      cause,
      hint: `give ${flag} a file that you may write, or '-' for standard output`,
    });
  }
}
