import { UsageError } from '../faults/errors.ts';
import { type OutputFile, writeOutputFile } from '../files/output-file.ts';
import { print } from './standard-streams.ts';

/** What stands for standard output where a file's name is expected. */
const STANDARD_OUTPUT = '-';

/** Two documents can't share one file: the second would overwrite the first, or stand behind it. */
export function checkOutputs(outputs: readonly OutputFile[]): void {
  for (const [file, sharing] of Map.groupBy(outputs, (output) => output.file)) {
    if (sharing.length < 2) continue;
    const flags = sharing.map(({ flag }) => flag).join(' and ');
    const where = file === STANDARD_OUTPUT ? 'to standard output' : `into ${file}`;
    throw new UsageError(`${flags} cannot both be written ${where}`, { hint: 'give each a file of its own' });
  }
}

/** Writes each file; one that fails keeps none of the others back. */
export async function writeEach<T>(
  outputs: readonly T[],
  write: (output: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const output of outputs) {
    await write(output).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

export async function writeOutput(output: OutputFile, text: string): Promise<void> {
  if (output.file === STANDARD_OUTPUT) await print(text.replace(/\n$/, ''));
  else await writeOutputFile(output, text);
}
