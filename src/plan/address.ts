import { UsageError } from '../errors.ts';

/** `embedded`, or the http(s) URL of a controller. */
export function parseController(text: string): string {
  if (text === 'embedded' || isWebAddress(text)) return text;
  throw new UsageError(`--controller must be 'embedded' or an http(s) URL, not '${text}'`);
}

export function parseAddress(flag: string, text: string): string {
  if (isWebAddress(text)) return text;
  throw new UsageError(`${flag} must be an http(s) URL, not '${text}'`);
}

function isWebAddress(text: string): boolean {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  return protocol === 'http:' || protocol === 'https:';
}
