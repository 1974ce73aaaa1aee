import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Notes in an environment's folder of what is complete in it. */
type StampName = 'packages' | 'wheel' | 'versions';

function stampFile(directory: string, name: StampName): string {
  return join(directory, `.forkd-spawner-${name}`);
}

export async function readStamp(directory: string, name: StampName): Promise<string | undefined> {
  return readFile(stampFile(directory, name), 'utf8').catch(() => undefined);
}

/** Writes the file whole or not at all. */
export async function writeStamp(directory: string, name: StampName, text: string): Promise<void> {
  const file = stampFile(directory, name);
  await writeFile(`${file}.partial`, text);
  await rename(`${file}.partial`, file);
}
