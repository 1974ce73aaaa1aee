import { OWN_PACKAGE } from '../../files/own-package.ts';
import type { Routes } from '../http/routes.ts';
import type { SandboxStore } from '../sandboxes/store.ts';
import type { SnapshotStore } from '../snapshots/store.ts';

/** Says by itself that no microVM is behind it. */
const CONTROLLER_VERSION = `${OWN_PACKAGE.version}-embedded`;

interface DaemonRoutesOptions {
  readonly instance: string;
  readonly limitsEnforced: boolean;
  readonly snapshots: SnapshotStore;
  readonly sandboxes: SandboxStore;
}

/** Routes about the controller itself. */
export function daemonRoutes({
  instance,
  limitsEnforced,
  snapshots,
  sandboxes,
}: DaemonRoutesOptions): Routes {
  const version = {
    version: CONTROLLER_VERSION,
    api: 'v1',
    backend: 'embedded',
    isolation: 'none (process fork)',
    memory_limits: limitsEnforced ? 'enforced' : 'not enforced',
    instance,
  };
  return {
    '/healthz': { GET: () => ({ status: 200, json: { ok: true } }) },
    '/version': { GET: () => ({ status: 200, json: version }) },
    '/metrics': {
      GET: () => ({
        status: 200,
        text: {
          body: metrics(snapshots.size, sandboxes.size),
          contentType: 'text/plain; version=0.0.4',
        },
      }),
    },
  };
}

/** forkd's names; branches don't exist here, but what scrapes them should find them. */
function metrics(snapshots: number, sandboxes: number): string {
  return [
    gauge('forkd_snapshots_total', 'Number of snapshots known to the controller.', snapshots),
    gauge('forkd_sandboxes_active', 'Number of active sandboxes (child VMs).', sandboxes),
    gauge('forkd_branches_in_flight', 'Number of BRANCH operations currently writing memory.bin.', 0),
    gauge('forkd_branch_concurrency_cap', 'Configured maximum concurrent BRANCH operations.', 0),
    gauge(
      'forkd_build_info',
      'Build version of the controller binary.',
      1,
      `{version="${CONTROLLER_VERSION}"}`,
    ),
  ].join('');
}

function gauge(name: string, help: string, value: number, labels = ''): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${labels} ${value}\n`;
}
