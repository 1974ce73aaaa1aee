import { readFile } from 'node:fs/promises';

import { UsageError } from '../../faults/errors.ts';

/** The first `count` names of a file with one name a line; empty lines and `#` comments don't count. */
export async function readUserNames(file: string, count: number): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`cannot read the file of users ${file}: ${String(cause)}`, { cause });
  });
  const names = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new UsageError(`the file of users ${file} names '${twice}' twice`);
  if (names.length < count) {
    throw new UsageError(`the file of users ${file} names ${names.length}, too few for ${count} users`, {
      hint: 'add names, one a line, or lower --users',
    });
  }
  return names.slice(0, count);
}
