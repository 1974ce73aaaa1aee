import type { BackendRecord } from './run-record.ts';

/** What separates the users of each kind of controller from each other. */
export const ISOLATION_OF_CONTROLLER = {
  embedded: 'process fork, no isolation',
  forkd: 'microVM',
} as const;

/** Names what was measured and its isolation: an accepted process fork is no accepted microVM. */
export function backendSentence({ kind, version, isolation }: BackendRecord): string {
  return `${kind} ${version} (${isolation})`;
}
