/** One server of a user: the default one, whose name is empty, or a named one. */
export interface ServerName {
  readonly user: string;
  readonly server: string;
}

export function defaultServer(user: string): ServerName {
  return { user, server: '' };
}

/** As people and records write it: `alice`, or `alice/gpu`. */
export function labelOf({ user, server }: ServerName): string {
  return server === '' ? user : `${user}/${server}`;
}

export function userPath(user: string): string {
  return `/users/${encodeURIComponent(user)}`;
}

/** In the hub's REST API. */
export function serverPath({ user, server }: ServerName): string {
  return `${userPath(user)}/${server === '' ? 'server' : `servers/${encodeURIComponent(server)}`}`;
}

/** Behind the hub's proxy, with a closing slash. */
export function serverUrlPath({ user, server }: ServerName): string {
  const segments = server === '' ? [user] : [user, server];
  return `/user/${segments.map(encodeURIComponent).join('/')}/`;
}
