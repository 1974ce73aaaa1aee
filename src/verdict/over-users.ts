import type { Criterion } from '../record/run-record.ts';
import type { UserRecord } from '../record/user-record.ts';

export function overUsers(
  name: string,
  users: readonly UserRecord[],
  statusOf: (user: UserRecord) => Criterion['status'],
): Criterion {
  const statuses = new Map(users.map((user) => [user, statusOf(user)]));
  const unmet = users.filter((user) => statuses.get(user) !== 'met');
  return { name, status: worstStatus([...statuses.values()]), detail: counted(users, unmet) };
}

const SEVERITY = ['missed', 'unknown', 'skipped', 'met'] as const;

/** One against it is a proof; one without an answer, or none at all, leaves it open. */
export function worstStatus(statuses: readonly Criterion['status'][]): Criterion['status'] {
  return SEVERITY.find((status) => statuses.includes(status)) ?? 'unknown';
}

function counted(users: readonly UserRecord[], unmet: readonly UserRecord[]): string {
  const names = unmet.slice(0, 5).map(({ user }) => user);
  const more = unmet.length > names.length ? ', …' : '';
  const exceptions = unmet.length > 0 ? ` (not ${names.join(', ')}${more})` : '';
  return `${users.length - unmet.length} of ${users.length} users${exceptions}`;
}
