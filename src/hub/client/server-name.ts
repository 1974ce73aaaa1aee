/** One server of a user: the default one, whose name is empty, or a named one. */
export interface ServerName {
  readonly user: string;
  readonly server: string;
}

export function defaultServer(user: string): ServerName {
  return { user, server: '' };
}

/** Writes a server's name as people and records do: `alice`, or `alice/gpu`. */
export function labelOf({ user, server }: ServerName): string {
  return server === '' ? user : `${user}/${server}`;
}

export function userPath(user: string): string {
  return `/users/${encodeURIComponent(user)}`;
}

/** The server's path in the hub's REST API. */
export function serverPath({ user, server }: ServerName): string {
  return `${userPath(user)}/${server === '' ? 'server' : `servers/${encodeURIComponent(server)}`}`;
}

/** The server's path behind the hub's proxy, with a closing slash. */
export function serverUrlPath({ user, server }: ServerName): string {
  const segments = server === '' ? [user] : [user, server];
  return `/user/${segments.map(encodeURIComponent).join('/')}/`;
}
