import { isReachable, type NamespaceStatus } from './namespace-status.ts';
import type { Table } from '../report/parts/table.ts';

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
