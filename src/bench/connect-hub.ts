import type { HubClient } from '../hub/hub-client.ts';
import { HubRefusal } from '../hub/hub-faults.ts';
import { defaultServer, serverUrlPath } from '../hub/server-name.ts';
import type { HubPort } from './ports.ts';

/** Longer than any run's round; tokens of a hub that lives on must not stay valid for ever. */
const TOKEN_LIFETIME_S = 3600;

/** The hub's client as the measurement sees it. Every user gets a token of its own, as in a browser. */
export function connectHub(client: HubClient): HubPort {
  return {
    createUsers: async (users, signal) => {
      await client.createUsers(users, signal).catch((error: unknown) => {
        // All of them are there, from the round before.
        if (!(error instanceof HubRefusal && error.status === 409)) throw error;
      });
    },
    createToken: (user, signal) =>
      client.createUserToken(user, { note: 'forkd-spawner bench', expiresInS: TOKEN_LIFETIME_S }, signal),
    requestServer: (user, signal) => client.requestServer(defaultServer(user), signal),
    serverProgress: (user, signal) => client.serverProgress(defaultServer(user), signal),
    serverUrl: (user) => client.url + serverUrlPath(defaultServer(user)),
    stopServer: (user, signal) => client.stopServer(defaultServer(user), { signal }),
    takeThrottling: (user) => client.takeThrottling(defaultServer(user)),
  };
}

/** What the spawner keeps about a user's default server; undefined where none runs. */
export async function serverState(client: HubClient, user: string): Promise<unknown> {
  return (await client.getUser(user)).servers?.['']?.state;
}
