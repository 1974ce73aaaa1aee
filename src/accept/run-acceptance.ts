import { runSession, type StoredRun } from '../bench/run/bench-session.ts';
import type { BenchObserver } from '../bench/target/ports.ts';
import type { MeasuredStack } from '../bench/target/start-own-target.ts';
import { messageOf } from '../faults/caught-error.ts';
import type { BenchPlan } from '../bench/plan/bench-plan.ts';
import type { AcceptanceRecord } from '../record/acceptance-record.ts';
import { prepareRecordFolder } from '../record/record-store.ts';
import { EMBEDDED_SNAPSHOT } from '../hub/local/stack-controller.ts';
import { examineStack } from './examine-stack.ts';
import { installCleanly } from './install-cleanly.ts';

export interface AcceptanceOptions {
  readonly plan: BenchPlan;
  readonly out: string;
  readonly observer: BenchObserver;
  readonly onProgress: (message: string) => void;
  readonly startStack: (signal: AbortSignal) => Promise<MeasuredStack>;
}

/**
 * The installation first, the measured rounds next, on a machine that does nothing else, and then
 * what costs time: looking into servers and killing the hub.
 * @returns the run; after an interruption one that is judged incomplete
 */
export async function runAcceptance(options: AcceptanceOptions, signal: AbortSignal): Promise<StoredRun> {
  const { plan, out, observer, onProgress, startStack } = options;
  await prepareRecordFolder(out);
  onProgress('installing the spawner into a clean environment');
  const installation = await installCleanly(signal);
  const snapshotTag = plan.snapshot ?? EMBEDDED_SNAPSHOT;
  const known = { installation, configuration: configurationOf(plan, snapshotTag), snapshotTag };
  const examine = async (stack: MeasuredStack, ended: AbortSignal): Promise<AcceptanceRecord> => ({
    ...known,
    ...(await examineUsers(plan, stack, onProgress, ended)),
  });
  const acceptance = { known, examine };
  const [run] = await runSession({ plans: [plan], out, observer, startStack, acceptance }, signal);
  if (run === undefined) throw new Error('a session of one plan has one run');
  return run;
}

async function examineUsers(
  { users, timeoutMs }: BenchPlan,
  { hub, controller, connections }: MeasuredStack,
  onProgress: (message: string) => void,
  signal: AbortSignal,
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
