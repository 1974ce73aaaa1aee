import type { Table } from '../text/table.ts';

/** Whether the host's connections reach the guest of a network namespace. */
export interface NamespaceStatus {
  readonly namespace: string;
  /** The address at which the host finds it; null: nothing leads from the host into it. */
  readonly address: string | null;
  /** Whether `network up` has made its rules in it. */
  readonly hasRules: boolean;
  /** Whether its kernel hands packets on at all. */
  readonly forwards: boolean;
}

export function isReachable({ address, hasRules, forwards }: NamespaceStatus): boolean {
  return address !== null && hasRules && forwards;
}

/** One row a namespace, and what it lacks. */
export function namespaceTable(statuses: readonly NamespaceStatus[]): Table {
  const rows = statuses.map((status) => [status.namespace, status.address ?? '–', describe(status)]);
  return { head: ['namespace', 'address', 'network'], rows };
}

function describe(status: NamespaceStatus): string {
  if (isReachable(status)) return 'up';
  if (status.address === null) return "no veth0: run forkd's scripts/netns-setup.sh";
  return status.hasRules ? 'up, but ip_forward is 0: network up' : 'down';
}
