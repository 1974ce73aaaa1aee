import { hasCode, messageOf } from './caught-error.ts';
import { EnvironmentError, type ForkdSpawnerError, UsageError } from './errors.ts';
import { shortageIn } from './shortages.ts';

/**
 * Why there is no writing to what the user named.
 * @param what with the name that the user gave it, as in `--junit report.xml`
 */
export function cannotWrite(what: string, cause: unknown, hint: string): ForkdSpawnerError {
  // Another name can be chosen; a disk that is full or broken is nobody's choice.
  const isChosen = shortageIn(cause) === undefined && !hasCode(cause, 'EIO');
  const Kind = isChosen ? UsageError : EnvironmentError;
  return new Kind(`${what} cannot be written to: ${messageOf(cause)}`, { cause, hint });
}
