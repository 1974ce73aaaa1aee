import { stripVTControlCharacters } from 'node:util';

/**
 * A text as a terminal may be given it: log lines, command lines and messages of others hold whatever
 * they like, and what isn't shown would be done.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replaceAll(
    // Line breaks and tabs are layout; all else of C0, DEL and C1 is shown by its number.
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The same for what stands in the middle of a line, as a command line of somebody's script. */
export function onOneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ').trim();
}
