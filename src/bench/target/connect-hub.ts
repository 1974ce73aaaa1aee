import type { HubClient } from '../../hub/client/hub-client.ts';
import { defaultServer, type ServerName } from '../../hub/client/server-name.ts';
import { ServerUrls } from '../../hub/client/server-urls.ts';
import { UserDirectory } from '../../hub/client/user-directory.ts';
import type { HubPort } from './ports.ts';

/** Longer than any run's round; tokens of a hub that lives on must not stay valid for ever. */
const TOKEN_LIFETIME_S = 3600;

/** A hub that we may ask for everything. */
export interface OwnHub {
  readonly hub: HubPort;
  /** What the spawner keeps about a user's default server; undefined where none runs. */
  readonly serverState: (user: string) => Promise<unknown>;
}

/** The hub's client as the measurement sees it. Every user gets a token of its own, as in a browser. */
export function connectHub(client: HubClient): OwnHub {
  const users = new UserDirectory(client);
  const urls = new ServerUrls(client);
  const serverOf = (user: string): ServerName => defaultServer(users.nameOf(user));
  const token = { note: 'forkd-spawner bench', expiresInS: TOKEN_LIFETIME_S };
  const hub: HubPort = {
    createUsers: (asked, signal) => users.create(asked, signal),
    createToken: (user, signal) => client.createUserToken(users.nameOf(user), token, signal),
    requestServer: (user, signal) => client.requestServer(serverOf(user), signal),
    serverProgress: (user, signal) => urls.watch(serverOf(user), signal),
    serverUrl: (user) => urls.of(serverOf(user)),
    stopServer: (user, signal) => client.stopServer(serverOf(user), { signal }),
    takeThrottling: (user) => client.takeThrottling(serverOf(user)),
  };
  const serverState = async (user: string): Promise<unknown> =>
    (await client.getUser(users.nameOf(user))).servers?.['']?.state;
  return { hub, serverState };
}
