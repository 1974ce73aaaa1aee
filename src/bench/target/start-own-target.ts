import { HubClient } from '../../hub/client/hub-client.ts';
import type { HubTimes } from '../../hub/local/hub-times.ts';
import type { LocalHub } from '../../hub/local/local-hub.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import { EMBEDDED_SNAPSHOT, type StackController } from '../../hub/local/stack-controller.ts';
import { type Stack, startStack } from '../../hub/local/start-stack.ts';
import { describeBackend, portsHiddenBy } from './describe-backend.ts';
import type { BenchStack } from '../run/bench-session.ts';
import { type Connections, connectPorts } from './connect-ports.ts';
import { connectHub } from './connect-hub.ts';
import { watchMemory } from './memory-port.ts';
import { type Rival, startRivals } from './comparisons.ts';

export interface BenchStackOptions {
  readonly plan: BenchPlan;
  readonly tokenFile: string | undefined;
  readonly envKeep: readonly string[];
  readonly onLogsKept: ((folder: string) => void) | undefined;
  /** Has the hub write down what its functions take, which costs it some time; default: no. */
  readonly hubSpans?: boolean;
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal;
}

export interface MeasuredStack extends BenchStack {
  readonly connections: Connections;
  /** What the hub measures inside of itself: the lag of its event loop, always. */
  readonly hubTimes: HubTimes;
  readonly hub: LocalHub;
  /** Absent where the spawner needs none. */
  readonly controller: StackController | undefined;
}

/** Starts what the plan asks for: a hub of its own, and the controller where the spawner needs one. */
export async function startBenchStack(options: BenchStackOptions): Promise<MeasuredStack> {
  const { plan, hubSpans = false, ...rest } = options;
  const measure = { spans: hubSpans, loopLag: true };
  const { controller, spawner, hubConfig, snapshot = EMBEDDED_SNAPSHOT } = plan;
  const stack = await startStack({ ...rest, controller, spawner, hubConfig, snapshotTag: snapshot, measure });
  const client = new HubClient({ url: stack.hub.url, token: stack.hub.apiToken });
  let rivals: readonly Rival[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(rivals.map(async (rival) => rival.stop()));
    await client.close();
    await stack.stop();
  };
  try {
    const described = await describe(stack, client, plan);
    rivals = await startRivals(stack, plan, described.connections);
    const parts = { hub: stack.hub, controller: stack.controller };
    const memory = plan.memory ? await watchMemory(stack) : undefined;
    const browser = { hubUrl: stack.hub.url, password: stack.hub.password };
    const rest = { hubTimes: stack.hub.times, browser, ...parts, stop };
    return { ...described, rivals, ...(memory && { memory }), ...rest };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Described = Pick<MeasuredStack, 'connections' | 'connect' | 'backend' | 'pythonVersions'>;

async function describe(stack: Stack, client: HubClient, plan: BenchPlan): Promise<Described> {
  const { version } = await client.info();
  const connections = connectionsOf(stack, client, plan);
  return {
    connections,
    connect: (observer) => connectPorts(connections, observer),
    backend: describeBackend(plan.spawner, stack.controller, version),
    pythonVersions: stack.environment.versions,
  };
}

function connectionsOf(
  { hub, controller }: Stack,
  client: HubClient,
  { spawner, userNames }: BenchPlan,
): Connections {
  const own = {
    ...connectHub(client),
    hubTimes: hub.times,
    ...portsHiddenBy(spawner),
    ...(userNames !== undefined && { userNames }),
  };
  if (controller === undefined) return own;
  const listSandboxes = async (): Promise<readonly string[]> =>
    (await controller.client.listSandboxes()).map(({ id }) => id);
  const { dataDir } = controller;
  return { ...own, listSandboxes, ...(dataDir !== undefined && { dataDir }) };
}
