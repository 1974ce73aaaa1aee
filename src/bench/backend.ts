import type { SpawnerKind } from '../plan/bench-plan.ts';
import type { BackendRecord } from '../results/run-record.ts';

const ISOLATION = new Map([
  ['embedded', 'process fork, no isolation'],
  ['forkd', 'microVM'],
]);

/** Names what was measured, so that no figure is taken for another backend's. */
export function describeBackend(
  spawner: SpawnerKind,
  controller: { readonly kind: string; readonly version: string } | undefined,
  hubVersion: string,
): BackendRecord {
  if (spawner === 'simple' || controller === undefined) {
    return {
      kind: 'simple',
      version: hubVersion,
      isolation: "JupyterHub's own process spawner, no isolation",
    };
  }
  const { kind, version } = controller;
  return { kind, version, isolation: ISOLATION.get(kind) ?? 'unknown isolation' };
}
