import { ForkdSpawnerError } from './errors.ts';
import { shortageIn, shortageText } from './shortages.ts';

/** Whether an error is Node's with this code, e.g. `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** What an error says; of one that stands for a shortage, what there is no more of. */
export function messageOf(error: unknown): string {
  // Our own say it already.
  if (error instanceof ForkdSpawnerError) return error.message;
  return shortageIn(error)?.sentence ?? (error instanceof Error ? error.message : String(error));
}

/**
 * The message of an error with those of its causes; our own errors name their cause themselves. A
 * shortage has one text for every user, whatever each was about to do: it is one thing to mend.
 */
export function messageWithCauses(cause: unknown): string {
  const shortage = shortageText(cause);
  if (shortage !== undefined) return shortage;
  if (!(cause instanceof Error)) return String(cause);
  if (cause instanceof ForkdSpawnerError) return cause.message;
  return cause.cause instanceof Error ? `${cause.message}: ${messageWithCauses(cause.cause)}` : cause.message;
}
