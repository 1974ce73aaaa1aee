import { z } from 'zod';

/** A hub may give no reason: its message is null then. */
const errorSchema = z.looseObject({ message: z.string().nullable() });
const LONGEST = 200;

/** What an answer that isn't what was asked for says, on one line: a page is not shown but named. */
export function describeAnswer(text: string): string {
  const message = messageIn(text);
  if (message !== undefined) return onOneLine(message);
  if (!isPage(text)) return onOneLine(text) || 'an empty answer';
  const title = onOneLine(/<title[^>]*>([^<]*)</i.exec(text)?.[1] ?? '');
  return title === '' ? 'an HTML page' : `an HTML page with the title '${title}'`;
}

export function isPage(text: string): boolean {
  return /^\s*</.test(text);
}

function messageIn(text: string): string | undefined {
  try {
    const { data } = errorSchema.safeParse(JSON.parse(text));
    return data && (data.message ?? 'no reason given');
  } catch {
    return undefined;
  }
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST);
}
