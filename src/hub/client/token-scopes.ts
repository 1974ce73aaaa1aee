import type { TokenOwner } from './hub-client.ts';

/**
 * What a server's life takes. Each can be had by any scope of its list, the first of which is named
 * where none is there: before JupyterHub 6, `servers` was what starts a server.
 */
const SERVER_SCOPES = [
  ['servers', 'start:servers'],
  ['read:servers'],
  ['delete:servers'],
  ['access:servers'],
] as const;

/** The scopes that it takes to make and delete users. */
const USER_SCOPES = ['admin:users', 'delete:users'] as const;

/** The scopes that the token lacks for the servers of `user`, or of all users where it is undefined. */
export function missingServerScopes({ scopes }: TokenOwner, user: string | undefined): readonly string[] {
  return SERVER_SCOPES.filter(
    (alternatives) => !alternatives.some((scope) => holds(scopes, scope, user)),
  ).map(([scope]) => scope);
}

export function missingUserScopes({ scopes }: TokenOwner): readonly string[] {
  return USER_SCOPES.filter((scope) => !holds(scopes, scope, undefined));
}

/** A group's scope may cover the user: whether it does, the hub says when it is asked. */
function holds(scopes: readonly string[], scope: string, user: string | undefined): boolean {
  if (scopes.includes(scope)) return true;
  if (user === undefined) return false;
  return scopes.some((held) => held === `${scope}!user=${user}` || held.startsWith(`${scope}!group=`));
}
