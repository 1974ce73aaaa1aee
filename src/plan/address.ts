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

/** Of a controller whose processes can be looked at from here. */
export function parseLocalController(text: string): string {
  if (isWebAddress(text) && isOnThisMachine(text)) return text;
  throw new UsageError(
    `--controller must be the URL of a forkd controller on this machine, as http://127.0.0.1:8889, not '${text}'`,
  );
}

export function isOnThisMachine(url: string): boolean {
  return URL.canParse(url) && /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);
}

function isWebAddress(text: string): boolean {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  return protocol === 'http:' || protocol === 'https:';
}
