import { readFile } from 'node:fs/promises';

import { UsageError } from '../../faults/errors.ts';

export interface UserNameFlags {
  readonly 'user-template'?: string | undefined;
  readonly 'users-file'?: string | undefined;
}

const USER_NUMBER = '{n}';

/** The names that were asked for; undefined where none were. */
export async function parseUserNames(
  { 'user-template': template, 'users-file': file }: UserNameFlags,
  users: number,
): Promise<readonly string[] | undefined> {
  if (template === undefined) return file === undefined ? undefined : readUserNames(file, users);
  if (file !== undefined) throw new UsageError('--user-template and --users-file exclude each other');
  return fromTemplate(template, users);
}

export function fromTemplate(template: string, users: number): readonly string[] {
  if (!template.includes(USER_NUMBER)) {
    throw new UsageError(
      `--user-template must hold ${USER_NUMBER}, the user's number, which '${template}' doesn't`,
    );
  }
  return Array.from({ length: users }, (_, index) => template.replaceAll(USER_NUMBER, String(index + 1)));
}

/** The first `count` names of a file with one name a line; empty lines and `#` comments don't count. */
async function readUserNames(file: string, count: number): Promise<readonly string[]> {
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
