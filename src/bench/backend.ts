import type { SpawnerKind } from '../plan/bench-plan.ts';
import type { BackendRecord } from '../results/run-record.ts';

const ISOLATION = new Map([
  ['embedded', 'process fork, no isolation'],
  ['forkd', 'microVM'],
]);

/** JupyterHub's own process spawner. */
export const BASELINE_BACKEND = {
  kind: 'simple',
  isolation: "JupyterHub's own process spawner, no isolation",
} as const;

/** Its servers run already, forked by our own spawner before: no other would make it lower. */
export function describeFloor(controllerKind: string | undefined, hubVersion: string): BackendRecord {
  const isolation = `a spawner that does nothing; servers forked before (${controllerKind ?? 'unknown'})`;
  return { kind: 'floor', version: hubVersion, isolation };
}

/** Names what was measured, so that no figure is taken for another backend's. */
export function describeBackend(
  spawner: SpawnerKind,
  controller: { readonly kind: string; readonly version: string } | undefined,
  hubVersion: string,
): BackendRecord {
  if (spawner === 'simple' || controller === undefined) {
    return { ...BASELINE_BACKEND, version: hubVersion };
  }
  const { kind, version } = controller;
  return { kind, version, isolation: ISOLATION.get(kind) ?? 'unknown isolation' };
}
