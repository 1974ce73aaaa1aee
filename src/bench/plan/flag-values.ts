import { UsageError } from '../../faults/errors.ts';

const MS_PER_UNIT = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
]);

export const DURATION_UNITS = [...MS_PER_UNIT.keys()];

/** Milliseconds of a duration such as `500ms`, `1s`, `1.5s` or `2m`; `flag` names the culprit in errors. */
export function parseDurationMs(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text.trim());
  const durationMs = Number(match?.[1]) * (MS_PER_UNIT.get(match?.[2] ?? '') ?? Number.NaN);
  if (!(durationMs > 0)) {
    throw new UsageError(`${flag} must be a duration above zero such as 500ms, 1s or 2m, not '${text}'`);
  }
  return durationMs;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** The whole number that a flag was given; anything else is refused with the range in the message. */
export function parseWholeNumber(flag: string, text: string, { min, max }: Range): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(`${flag} must be a whole number from ${min} to ${max}, not '${text}'`);
  }
  return value;
}

const USERS = { min: 1, max: 1000 };

/** Reads `5` or `1,5,20`: ascending, so that a machine that gives up does so at the end. */
export function parseUserCounts(text: string): readonly [number, ...number[]] {
  const [first = '', ...more] = text.split(',');
  const parse = (part: string): number => parseWholeNumber('--users', part.trim(), USERS);
  const counts: readonly [number, ...number[]] = [parse(first), ...more.map(parse)];
  const ascending = [...new Set(counts)].toSorted((a, b) => a - b);
  if (ascending.join() !== counts.join()) {
    throw new UsageError(`--users ${text} must be in ascending order, each number once`, {
      hint: `write --users ${ascending.join()}`,
    });
  }
  return counts;
}

/** `embedded`, or the http(s) URL of a controller. */
export function parseController(text: string): string {
  if (text === 'embedded') return text;
  return parseWebAddress('--controller', "'embedded' or an http(s) URL", text);
}

export function parseAddress(flag: string, text: string): string {
  return parseWebAddress(flag, 'an http(s) URL', text);
}

/** Reads the URL of a controller on this machine, whose processes can be looked at. */
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

/** Hides what stands before the host, which may be a secret. */
function withoutCredentials(text: string): string {
  return text.replace(/^([^/]*\/\/)?.*@/s, '$1…@');
}
