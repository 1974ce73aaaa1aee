import { loadavg } from 'node:os';

import type { BenchPlan } from '../../plan/bench-plan.ts';
import type { Comparison } from '../../../record/comparison.ts';
import { intendedStartsMs } from '../../plan/intended-starts.ts';
import type { Leftover, RoundRecord } from '../../../record/run-record.ts';
import type { UserRecord } from '../../../record/user-record.ts';
import { watchClientLag } from './client-lag.ts';
import { launchAll, type Launches } from './launch-all.ts';
import type { Launch, PreparedUser } from './launch-user.ts';
import type { RoundPorts } from '../../target/ports.ts';
import { prepareUsers } from './prepare-users.ts';
import { probeKernels } from './probe-kernels.ts';
import { type KernelRestart, restartKernels } from './restart-kernels.ts';
import { unixNowMs } from '../../../time/unix-clock.ts';
import { stopServers } from './stop-servers.ts';
import { toMicroseconds } from './stopwatch.ts';
import { watchProcessor } from './watch-processor.ts';

export interface RoundSpec {
  readonly index: number;
  readonly warmup: boolean;
  readonly plan: BenchPlan;
  /** What is measured in this round, where it is not the plan's own spawner. */
  readonly rival?: Comparison;
}

interface MeasuredLaunches extends Launches {
  /** In milliseconds since 1970, which the hub's own times are in. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
  readonly measured: Pick<RoundRecord, 'wallMs' | 'clientLag' | 'loadAverage' | 'processor'>;
}

/** Creates the users, launches them at once, checks their kernels, stops them and looks for leftovers. */
export async function runRound(
  spec: RoundSpec,
  ports: RoundPorts,
  signal: AbortSignal,
): Promise<RoundRecord> {
  const { index, plan } = spec;
  const users = await prepareUsers(`${plan.userPrefix}-r${index}`, plan, ports, signal);
  await ports.traces.before();
  const launched = await launchMeasured(users, spec, ports, signal);
  const records = await checkAndStop(launched, spec, ports, signal);
  const leftovers = await findLeftovers(ports, signal);
  const hubLag = await ports.hubLag?.(launched.window);
  return {
    index: spec.index,
    warmup: spec.warmup,
    barrierAt: new Date(launched.window.fromMs).toISOString(),
    ...launched.measured,
    ...(hubLag !== undefined && { hubLag }),
    users: records,
    leftovers: [...leftovers],
    ...(ports.traces.unseen !== undefined && { leftoversUnseen: ports.traces.unseen }),
  };
}

/** With what is measured around the launches: the client itself, and the machine. */
async function launchMeasured(
  users: readonly PreparedUser[],
  { plan, index }: RoundSpec,
  ports: RoundPorts,
  signal: AbortSignal,
): Promise<MeasuredLaunches> {
  const loadAverage = loadavg()[0] ?? 0;
  const readProcessor = await watchProcessor();
  const readLag = watchClientLag();
  const fromMs = unixNowMs();
  const launched = await launchAll(users, plan.timeoutMs, ports, signal, startsOf(plan, index));
  const wallMs = toMicroseconds(ports.clock.now() - launched.barrierMs);
  const window = { fromMs, toMs: fromMs + wallMs };
  const clientLag = readLag();
  const processor = await readProcessor();
  const measured = { wallMs, clientLag, loadAverage, ...(processor !== undefined && { processor }) };
  return { ...launched, window, measured };
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
  signal: AbortSignal,
): Promise<UserRecord[]> {
  if (!signal.aborted) await ports.traces.during(launches.map(({ user }) => user.user));
  const probes = await probeKernels(launches, ports, signal);
  const restarts = isRestarting(spec)
    ? await restartKernels(launches, ports, signal)
    : new Map<string, KernelRestart>();
  for (const { kernel } of launches) kernel?.dispose();
  const stops = await stopServers(launches, ports, signal);
  const records = launches.map((launch) => ({
    ...toRecord(launch, probes, stops),
    ...restarts.get(launch.user.user),
    ...throttlingOf(launch, ports),
  }));
  for (const record of records) ports.observer.userEnded(record);
  return records;
}

/** A floor's kernels were prepared for its starts, and are ours besides. */
function isRestarting({ plan, rival }: RoundSpec): boolean {
  return plan.restart && rival !== 'floor';
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

async function findLeftovers(ports: RoundPorts, signal: AbortSignal): Promise<readonly Leftover[]> {
  if (signal.aborted) return [{ kind: 'unknown', detail: 'interrupted before the servers were stopped' }];
  return ports.traces.leftovers();
}
