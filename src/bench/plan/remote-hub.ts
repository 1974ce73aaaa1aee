import { UsageError } from '../../faults/errors.ts';
import { parseAddress } from './flag-values.ts';
import { fromTemplate, parseUserNames, type UserNameFlags } from './user-names.ts';

/** An existing deployment that is to be measured. */
export interface RemoteHub {
  /** The hub's address, without `/hub` and without a closing slash. */
  readonly url: string;
  readonly tokenFile: string;
  /** The users' names, as many as the largest round has users. */
  readonly names: readonly string[];
  /** Whether they were asked for as users; otherwise they may become servers of the token's owner. */
  readonly namesUsers: boolean;
}

/** What of the flags is about the hub. */
export interface RemoteHubFlags extends UserNameFlags {
  readonly hub?: string | undefined;
  readonly 'token-file'?: string | undefined;
  readonly 'hub-config'?: string | undefined;
  readonly controller: string;
  readonly spawner: string;
  readonly snapshot: string | undefined;
  readonly floor?: boolean;
  readonly baseline?: boolean;
  readonly memory?: boolean;
  readonly browser?: boolean;
  readonly 'keep-logs'?: boolean;
}

const DEFAULT_TEMPLATE = 'bench-{n}';

/** Undefined without `--hub`; every problem is a `UsageError`. */
export async function parseRemoteHub(flags: RemoteHubFlags, users: number): Promise<RemoteHub | undefined> {
  const { hub } = flags;
  if (hub === undefined) return undefined;
  refuseFlagsOfOwnHub(flags);
  const { 'token-file': tokenFile } = flags;
  if (tokenFile === undefined) {
    throw new UsageError('--hub needs --token-file with an API token of that hub');
  }
  const names = await parseUserNames(flags, users);
  return {
    ...{ url: parseHubUrl(hub), tokenFile },
    names: names ?? fromTemplate(DEFAULT_TEMPLATE, users),
    namesUsers: names !== undefined,
  };
}

/** What looks into hub, controller or sandboxes needs a stack on this machine. */
function refuseFlagsOfOwnHub(flags: RemoteHubFlags): void {
  const given = [
    ...(['floor', 'baseline', 'memory', 'browser', 'keep-logs'] as const).filter(
      (name) => flags[name] === true,
    ),
    ...(flags.controller === 'embedded' ? [] : ['controller']),
    ...(flags.spawner === 'forkd' ? [] : ['spawner']),
    ...(['snapshot', 'hub-config'] as const).filter((name) => flags[name] !== undefined),
  ].map((name) => `--${name}`);
  if (given.length > 0) {
    throw new UsageError(`${given.join(' and ')} cannot be used with --hub`, {
      hint: 'they are about a hub that is started for the run; a deployment has its own spawner',
    });
  }
}

function parseHubUrl(text: string): string {
  return parseAddress('--hub', text)
    .replace(/\/+$/, '')
    .replace(/\/hub$/, '');
}
