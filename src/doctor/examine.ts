import { ForkdSpawnerError } from '../faults/errors.ts';
import type { Readiness, ReadinessRow } from './readiness.ts';
import { Cleanup } from '../process/cleanup.ts';
import { CGROUPS_AREA } from './cgroups-area.ts';
import { type Area, type Check, type Finding, notChecked, notReady } from './check.ts';
import { CONTROLLER_AREA } from './controller-area.ts';
import { FORKD_HOST_AREA } from './forkd-host-area.ts';
import { HOST_AREA } from './host-area.ts';
import { type DoctorOptions, Inspection } from './inspection.ts';
import { LIMITS_AREA } from './limits-area.ts';
import { NETWORK_AREA } from './network-area.ts';
import { PYTHON_AREA } from './python-area.ts';
import { SNAPSHOT_AREA } from './snapshot-area.ts';

const AREAS: readonly Area[] = [
  HOST_AREA,
  LIMITS_AREA,
  PYTHON_AREA,
  CONTROLLER_AREA,
  FORKD_HOST_AREA,
  SNAPSHOT_AREA,
  NETWORK_AREA,
  CGROUPS_AREA,
];

/** Makes every check, one after another, and leaves nothing. */
export async function examine(
  options: DoctorOptions,
  onProgress: (message: string) => void,
): Promise<Readiness> {
  const cleanup = new Cleanup();
  const inspection = new Inspection(options, cleanup);
  try {
    // Nothing of it is needed, or there, without microVMs.
    const areas = AREAS.filter((area) => area !== FORKD_HOST_AREA || !inspection.isEmbedded);
    const rows = await makeChecks(areas, inspection, onProgress);
    return {
      schemaVersion: 1,
      ready: !rows.some(({ status, required }) => required && status === 'not ready'),
      rows,
    };
  } finally {
    await cleanup.run();
  }
}

/** What a check needs must have been looked at before, and be ready. */
export async function makeChecks(
  areas: readonly Area[],
  inspection: Inspection,
  onProgress: (message: string) => void,
): Promise<ReadinessRow[]> {
  const rows: ReadinessRow[] = [];
  for (const { name: area, checks } of areas) {
    for (const check of checks) {
      inspection.options.signal.throwIfAborted();
      onProgress(`${area}: ${check.name}`);
      const { name, required = true } = check;
      rows.push({ area, name, required, ...(await findingOf(check, rows, inspection)) });
    }
  }
  return rows;
}

async function findingOf(
  check: Check,
  before: readonly ReadinessRow[],
  inspection: Inspection,
): Promise<Finding> {
  const lacking = check.needs?.find(
    (need) => !before.some((row) => row.name === need && row.status === 'ready'),
  );
  if (lacking !== undefined) return notChecked(`'${lacking}' comes first`);
  try {
    return await check.look(inspection);
  } catch (error) {
    inspection.options.signal.throwIfAborted();
    if (!(error instanceof ForkdSpawnerError)) throw error;
    return notReady(error.message, error.hint ?? 'see docs/operating.md');
  }
}
