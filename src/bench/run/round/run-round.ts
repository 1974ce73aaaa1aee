import { toMicroseconds } from '../../../time/clock.ts';
import type { BenchPlan } from '../../plan/bench-plan.ts';
import type { Comparison } from '../../../record/comparison.ts';
import { intendedStartsMs } from '../../plan/intended-starts.ts';
import type { Leftover, RoundRecord } from '../../../record/run-record.ts';
import type { UserRecord } from '../../../record/user-record.ts';
import { launchAll, type Launches, prepareUsers } from './launch-all.ts';
import type { Launch, PreparedUser } from './launch-user.ts';
import type { RoundPorts } from '../../target/ports.ts';
import { probeKernels } from './probe-kernels.ts';
import { type KernelRestart, restartKernels } from './restart-kernels.ts';
import { unixNowMs } from '../../../time/unix-clock.ts';
import { stopServers } from './stop-servers.ts';
import { watchLoad } from './watch-load.ts';

export interface RoundSpec {
  readonly index: number;
  readonly warmup: boolean;
  readonly plan: BenchPlan;
  /** What is measured in this round, where it is not the plan's own spawner. */
  readonly comparison?: Comparison;
}

interface MeasuredLaunches extends Launches {
  /** When the launches were, in milliseconds since 1970, as the hub's own times are. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
  readonly measured: Pick<RoundRecord, 'wallMs' | 'clientLag' | 'loadAverage' | 'processor'>;
}

/** Creates the users, launches them at once, checks their kernels, stops them and looks for leftovers. */
export async function runRound(spec: RoundSpec, ports: RoundPorts): Promise<RoundRecord> {
  const { index, plan } = spec;
  const users = await prepareUsers(`${plan.userPrefix}-r${index}`, plan, ports);
  await ports.leftovers.before();
  const launched = await launchMeasured(users, spec, ports);
  const records = await checkAndStop(launched, spec, ports);
  const leftovers = await findLeftovers(ports);
  const hubLag = await ports.hubLag?.(launched.window);
  return {
    index: spec.index,
    warmup: spec.warmup,
    barrierAt: new Date(launched.window.fromMs).toISOString(),
    ...launched.measured,
    ...(hubLag !== undefined && { hubLag }),
    users: records,
    leftovers: [...leftovers],
    ...(ports.leftovers.unseen !== undefined && { leftoversUnseen: ports.leftovers.unseen }),
  };
}

/** Launches the users, and measures the client itself and the machine meanwhile. */
async function launchMeasured(
  users: readonly PreparedUser[],
  { plan, index }: RoundSpec,
  ports: RoundPorts,
): Promise<MeasuredLaunches> {
  const readLoad = await watchLoad();
  const fromMs = unixNowMs();
  const launched = await launchAll(users, ports, { timeoutMs: plan.timeoutMs, ...startsOf(plan, index) });
  const wallMs = toMicroseconds(ports.clock.now() - launched.barrierMs);
  const measured = { wallMs, ...(await readLoad()) };
  return { ...launched, window: { fromMs, toMs: fromMs + wallMs }, measured };
}

/** Every round has arrivals of its own, the same in every run with this seed. */
function startsOf(
  { arrivals, users, seed }: BenchPlan,
  index: number,
): { readonly startsMs?: readonly number[] } {
  if (arrivals.kind === 'burst') return {};
  return { startsMs: intendedStartsMs(arrivals, users, seed + index) };
}

async function checkAndStop(
  { launches }: MeasuredLaunches,
  spec: RoundSpec,
  ports: RoundPorts,
): Promise<UserRecord[]> {
  if (!ports.signal.aborted) await ports.leftovers.during(launches.map(({ user }) => user.user));
  const probes = await probeKernels(launches, ports);
  const restarts = isRestarting(spec)
    ? await restartKernels(launches, ports)
    : new Map<string, KernelRestart>();
  for (const { kernel } of launches) kernel?.dispose();
  const stops = await stopServers(launches, ports);
  const records = launches.map((launch) => ({
    ...toRecord(launch, probes, stops),
    ...restarts.get(launch.user.user),
    ...throttlingOf(launch, ports),
  }));
  for (const record of records) ports.observer.userEnded(record);
  return records;
}

/** A floor's kernels were prepared for its starts, and are ours besides. */
function isRestarting({ plan, comparison }: RoundSpec): boolean {
  return plan.restart && comparison !== 'floor';
}

function toRecord(
  { user, ended, stages, start, cells }: Launch,
  probes: Awaited<ReturnType<typeof probeKernels>>,
  stops: Awaited<ReturnType<typeof stopServers>>,
): UserRecord {
  const { stoppedMs, ...stop } = stops.get(user.user) ?? {};
  return {
    user: user.user,
    ...ended,
    ...(start !== undefined && { intendedStartMs: start.intendedMs, actualStartMs: start.actualMs }),
    stages: { ...stages, ...(stoppedMs !== undefined && { stoppedMs }) },
    expression: user.expression.expression,
    expected: user.expression.expected,
    ...(cells !== undefined && { cells: [...cells] }),
    ...stop,
    zmqProbe: probes.get(user.user) ?? { status: 'skipped', reason: 'no cell was run' },
  };
}

function throttlingOf({ user }: Launch, { hub }: RoundPorts): Pick<UserRecord, 'throttled'> {
  const throttled = hub.takeThrottling?.(user.user);
  return throttled === undefined
    ? {}
    : { throttled: { ...throttled, waitedMs: toMicroseconds(throttled.waitedMs) } };
}

async function findLeftovers({ leftovers, signal }: RoundPorts): Promise<readonly Leftover[]> {
  if (signal.aborted) return [{ kind: 'unknown', detail: 'interrupted before the servers were stopped' }];
  return leftovers.find();
}
