import { UsageError } from '../../faults/errors.ts';

/** `embedded`, or the http(s) URL of a controller. */
export function parseController(text: string): string {
  if (text === 'embedded') return text;
  return parseWebAddress('--controller', "'embedded' or an http(s) URL", text);
}

export function parseAddress(flag: string, text: string): string {
  return parseWebAddress(flag, 'an http(s) URL', text);
}

/** Of a controller whose processes can be looked at from here. */
export function parseLocalController(text: string): string {
  const wanted = 'the URL of a forkd controller on this machine, as http://127.0.0.1:8889';
  const url = parseWebAddress('--controller', wanted, text);
  if (!isOnThisMachine(url)) throw new UsageError(`--controller must be ${wanted}, not '${url}'`);
  return url;
}

export function isOnThisMachine(url: string): boolean {
  return URL.canParse(url) && /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);
}

function parseWebAddress(flag: string, wanted: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError(`${flag} must be ${wanted}, not '${withoutCredentials(text)}'`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      `${flag} must be ${wanted} without a user name or password, not '${withoutCredentials(text)}'`,
      { hint: 'nobody asks for them there: give a token in a file, with --token-file' },
    );
  }
  return text;
}

/** Whatever stands before the host may be a secret. */
function withoutCredentials(text: string): string {
  return text.replace(/^([^/]*\/\/)?.*@/s, '$1…@');
}
