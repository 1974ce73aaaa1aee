import { isForeign } from '../plan/spawner.ts';
import { ISOLATION_OF_CONTROLLER } from '../../record/backend-sentence.ts';
import type { BackendRecord } from '../../record/run-record.ts';

const ISOLATION: ReadonlyMap<string, string> = new Map(Object.entries(ISOLATION_OF_CONTROLLER));

/** JupyterHub's own process spawner, for users that need not exist. */
export const BASELINE_BACKEND = {
  kind: 'simple',
  isolation: "JupyterHub's own process spawner, no isolation",
} as const;

/** The kernels' ports can be reached with our own spawner only; what any other hides is said in words. */
export function portsHiddenBy(spawner: string): { readonly portsHidden?: string; readonly unseen?: string } {
  if (spawner === 'forkd') return {};
  if (!isForeign(spawner)) {
    return { portsHidden: "JupyterHub's own process spawner starts no kernel ahead of time" };
  }
  return {
    portsHidden: `${spawner} doesn't say where its kernels' ports are`,
    unseen: `what ${spawner} starts besides processes of this machine's hub cannot be seen`,
  };
}

/** Describes the floor. Our own spawner has forked its servers before: no other would make it lower. */
export function recordFloor(controllerKind: string | undefined, hubVersion: string): BackendRecord {
  const isolation = `a spawner that does nothing; servers forked before (${controllerKind ?? 'unknown'})`;
  return { kind: 'floor', version: hubVersion, isolation };
}

/** Names what was measured, so that no figure is taken for another backend's. */
export function recordBackend(
  spawner: string,
  controller: { readonly kind: string; readonly version: string } | undefined,
  hubVersion: string,
): BackendRecord {
  if (isForeign(spawner)) return { kind: 'custom', version: hubVersion, isolation: `spawner ${spawner}` };
  if (spawner === 'local') {
    return {
      kind: 'local',
      version: hubVersion,
      isolation: "JupyterHub's LocalProcessSpawner, system users",
    };
  }
  if (spawner === 'simple' || controller === undefined) {
    return { ...BASELINE_BACKEND, version: hubVersion };
  }
  const { kind, version } = controller;
  return { kind, version, isolation: ISOLATION.get(kind) ?? 'unknown isolation' };
}
