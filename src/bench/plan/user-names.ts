import { UsageError } from '../../faults/errors.ts';
import { readUserNames } from './read-user-names.ts';

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
