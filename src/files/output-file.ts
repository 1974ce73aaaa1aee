import { type FileHandle, open, rm, stat } from 'node:fs/promises';

import { cannotWrite } from '../faults/output-faults.ts';

export interface OutputFile {
  /** The flag that named it, for messages. */
  readonly flag: string;
  readonly file: string;
}

/** Writes a file that the user asked for. None is left that has only half of the text. */
export async function writeOutputFile({ flag, file }: OutputFile, text: string): Promise<void> {
  try {
    await writeWhole(await open(file, 'w'), file, text);
  } catch (cause) {
    throw cannotWrite(`${flag} ${file}`, cause, `give ${flag} a file that you may write`);
  }
}

async function writeWhole(handle: FileHandle, file: string, text: string): Promise<void> {
  try {
    await handle.writeFile(text);
    // Some file systems find out only now that there is no room.
    await handle.close();
  } catch (error) {
    await handle.close().catch(() => undefined);
    if ((await stat(file)).isFile()) await rm(file);
    throw error;
  }
}
