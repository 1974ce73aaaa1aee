import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes a text under a name beside those of finished files, and gives that to `place`, which moves it
 * to its own: a reader or a crash then never meets half of a file.
 */
export async function withDraft<T>(
  folder: string,
  text: string,
  place: (draft: string) => Promise<T>,
): Promise<T> {
  const draft = join(folder, `.draft-${randomUUID()}`);
  try {
    await writeDurably(draft, text);
    return await place(draft);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Makes the file, which must not be there. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx');
  await file.writeFile(text);
  await file.sync();
}
