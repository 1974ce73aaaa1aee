import { UsageError } from '../errors.ts';
import { readUserNames } from './read-user-names.ts';

/** An existing deployment that is to be measured. */
export interface RemoteHub {
  /** Without `/hub` and without a closing slash. */
  readonly url: string;
  readonly tokenFile: string;
  /** As many as the largest round has users. */
  readonly names: readonly string[];
  /** Whether they were asked for as users; otherwise they may become servers of the token's owner. */
  readonly namesUsers: boolean;
}

/** What of the flags is about the hub. */
export interface RemoteHubFlags {
  readonly hub?: string | undefined;
  readonly 'token-file'?: string | undefined;
  readonly 'user-template'?: string | undefined;
  readonly 'users-file'?: string | undefined;
  readonly controller: string;
  readonly spawner: string;
  readonly snapshot: string | undefined;
  readonly floor?: boolean;
  readonly baseline?: boolean;
  readonly memory?: boolean;
}

const USER_NUMBER = '{n}';
const DEFAULT_TEMPLATE = `bench-${USER_NUMBER}`;

/** Undefined without `--hub`; every problem is a `UsageError`. */
export async function parseRemoteHub(flags: RemoteHubFlags, users: number): Promise<RemoteHub | undefined> {
  const { hub, 'user-template': template, 'users-file': file } = flags;
  if (hub === undefined) {
    if (template === undefined && file === undefined) return undefined;
    throw new UsageError('--user-template and --users-file name users of an existing hub', {
      hint: 'give its address with --hub URL',
    });
  }
  refuseFlagsOfOwnHub(flags);
  const { 'token-file': tokenFile } = flags;
  if (tokenFile === undefined) {
    throw new UsageError('--hub needs --token-file with an API token of that hub');
  }
  return {
    ...{ url: parseHubUrl(hub), tokenFile },
    names: await namesOf(template, file, users),
    namesUsers: template !== undefined || file !== undefined,
  };
}

/** What looks into hub, controller or sandboxes needs a stack on this machine. */
function refuseFlagsOfOwnHub(flags: RemoteHubFlags): void {
  const given = [
    ...(['floor', 'baseline', 'memory'] as const).filter((name) => flags[name] === true),
    ...(flags.controller === 'embedded' ? [] : ['controller']),
    ...(flags.spawner === 'forkd' ? [] : ['spawner']),
    ...(flags.snapshot === undefined ? [] : ['snapshot']),
  ].map((name) => `--${name}`);
  if (given.length > 0) {
    throw new UsageError(`${given.join(' and ')} cannot be used with --hub`, {
      hint: 'they are about a hub that is started for the run; a deployment has its own spawner',
    });
  }
}

function parseHubUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new UsageError(`--hub must be an http(s) URL, not '${text}'`);
  }
  return text.replace(/\/+$/, '').replace(/\/hub$/, '');
}

async function namesOf(
  template: string | undefined,
  file: string | undefined,
  users: number,
): Promise<readonly string[]> {
  if (file === undefined) return fromTemplate(template ?? DEFAULT_TEMPLATE, users);
  if (template !== undefined) throw new UsageError('--user-template and --users-file exclude each other');
  return readUserNames(file, users);
}

function fromTemplate(template: string, users: number): readonly string[] {
  if (!template.includes(USER_NUMBER)) {
    throw new UsageError(
      `--user-template must hold ${USER_NUMBER}, the user's number, which '${template}' doesn't`,
    );
  }
  return Array.from({ length: users }, (_, index) => template.replaceAll(USER_NUMBER, String(index + 1)));
}
