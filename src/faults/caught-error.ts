import { ForkdSpawnerError } from './errors.ts';
import { shortageIn } from './shortages.ts';

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
