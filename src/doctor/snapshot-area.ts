import { type Area, type Finding, notChecked, notReady, ready } from './check.ts';
import type { Inspection } from './inspection.ts';

export const SNAPSHOT_AREA: Area = {
  name: 'snapshot',
  checks: [
    {
      name: 'snapshot',
      needs: ['token'],
      look: (inspection) => (inspection.isEmbedded ? warm(inspection) : find(inspection)),
    },
  ],
};

/** The embedded controller has none until it has warmed one, which the environment must be able to. */
async function warm({ controller, environment, options }: Inspection): Promise<Finding> {
  const { snapshotTag: tag } = options;
  const { python, state } = await environment();
  if (state !== 'ready') return notChecked("'environment' comes first");
  const startedMs = performance.now();
  await (await controller()).createSnapshot({ tag, python });
  return ready(`'${tag}', warm after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

async function find({ controller, options: { snapshotTag } }: Inspection): Promise<Finding> {
  const snapshots = await (await controller()).listSnapshots();
  const wanted = snapshots.find(({ tag }) => tag === snapshotTag);
  if (wanted?.bootable === true) return ready(`'${snapshotTag}' is bootable`);
  const others = snapshots.filter(({ bootable }) => bootable).map(({ tag }) => tag);
  const mend = others.length === 0 ? 'make one: docs/operating.md' : `--snapshot ${others.join(' or ')}`;
  const state = wanted === undefined ? 'is not there' : `is ${wanted.status}`;
  return notReady(`'${snapshotTag}' ${state}`, mend);
}
