import type { HubClient } from '../hub/hub-client.ts';
import type { HubPort } from './ports.ts';

/** Longer than any run's round; tokens of a hub that lives on must not stay valid for ever. */
const TOKEN_LIFETIME_S = 3600;

/** The hub's client as the measurement sees it. Every user gets a token of its own, as in a browser. */
export function connectHub(client: HubClient): HubPort {
  return {
    createUsers: (users, signal) => client.createUsers(users, signal),
    createToken: (user, signal) =>
      client.createUserToken(user, { note: 'forkd-spawner bench', expiresInS: TOKEN_LIFETIME_S }, signal),
    requestServer: (user, signal) => client.requestServer(user, signal),
    serverProgress: (user, signal) => client.serverProgress(user, signal),
    serverUrl: (user) => `${client.url}/user/${encodeURIComponent(user)}/`,
    stopServer: (user, signal) => client.stopServer(user, signal),
  };
}

/** What the spawner keeps about a user's default server; undefined where none runs. */
export async function serverState(client: HubClient, user: string): Promise<unknown> {
  return (await client.getUser(user)).servers?.['']?.state;
}
