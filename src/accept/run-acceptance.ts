import { measure, type StoredRun } from '../bench/run/measure.ts';
import { openOwnTarget, type OwnTarget } from '../bench/target/own-target.ts';
import type { RunIo } from '../bench/target/run-io.ts';
import { messageOf } from '../faults/caught-error.ts';
import type { BenchPlan } from '../bench/plan/bench-plan.ts';
import type { AcceptanceRecord } from '../record/acceptance-record.ts';
import { prepareRecordFolder } from '../record/record-store.ts';
import { EMBEDDED_SNAPSHOT } from '../hub/local/stack-controller.ts';
import { examineStack } from './examine-stack.ts';
import { installCleanly } from './install-cleanly.ts';

/**
 * The installation first, the measured rounds next, on a machine that does nothing else, and then
 * what costs time: looking into servers and killing the hub.
 * @returns the run; after an interruption one that is judged incomplete
 */
export async function runAcceptance(plan: BenchPlan, io: RunIo): Promise<StoredRun> {
  await prepareRecordFolder(io.out);
  io.onProgress('installing the spawner into a clean environment');
  const installation = await installCleanly(io.signal);
  const snapshotTag = plan.snapshot ?? EMBEDDED_SNAPSHOT;
  const known = { installation, configuration: configurationOf(plan, snapshotTag), snapshotTag };
  await using target = await openOwnTarget(plan, io);
  return await measure(plan, target, io, {
    known,
    examine: async () => ({ ...known, ...(await examineUsers(plan, target, io)) }),
  });
}

async function examineUsers(
  { users, timeoutMs }: BenchPlan,
  { hub, controller, connections }: OwnTarget,
  { onProgress, signal }: RunIo,
): Promise<Pick<AcceptanceRecord, 'users' | 'leftovers'>> {
  if (controller === undefined) return {};
  const names = Array.from({ length: users }, (_, index) => `accept-u${index + 1}`);
  const examined = { hub, controller: controller.client, connections, timeoutMs };
  try {
    return await examineStack(names, examined, onProgress, signal);
  } catch (cause) {
    if (signal.aborted) return {};
    // Nothing was proved; the rounds that were run are not lost for it.
    return { users: names.map((user) => ({ user, error: messageOf(cause) })) };
  }
}

/** What assets/hub/jupyterhub_config.py tells the hub of its spawner, which is all. */
function configurationOf({ controller }: BenchPlan, snapshotTag: string): string[] {
  const url = controller === 'embedded' ? 'the embedded controller' : controller;
  return [
    "c.JupyterHub.spawner_class = 'forkd_jupyter_spawner.ForkdSpawner'",
    `c.ForkdSpawner.controller_url: ${url}`,
    'c.ForkdSpawner.token_file',
    `c.ForkdSpawner.snapshot_tag = '${snapshotTag}'`,
  ];
}
