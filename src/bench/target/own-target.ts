import { HubClient } from '../../hub/client/hub-client.ts';
import type { LocalHub } from '../../hub/local/local-hub.ts';
import { EMBEDDED_SNAPSHOT, type StackController } from '../../hub/local/stack-controller.ts';
import { type Stack, startStack } from '../../hub/local/start-stack.ts';
import { Cleanup } from '../../process/cleanup.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import type { BenchTarget } from './bench-target.ts';
import { startComparisons } from './comparisons.ts';
import { connectHub, type Connections, connectPorts } from './connect-ports.ts';
import { portsHiddenBy, recordBackend } from './backend-record.ts';
import { findMemory } from './memory-port.ts';
import type { TargetIo } from './run-io.ts';

/** A hub of our own, which can also be looked into and killed. */
export interface OwnTarget extends BenchTarget {
  readonly connections: Connections;
  readonly hub: LocalHub;
  /** Absent where the spawner needs none. */
  readonly controller: StackController | undefined;
}

interface OwnTargetOptions {
  /** Has the hub write down what its functions take, which costs it some time; default: no. */
  readonly hubSpans?: boolean;
}

/** Starts a hub, the controller where the spawner needs one, and what the plan compares it with. */
export async function openOwnTarget(
  plan: BenchPlan,
  io: TargetIo,
  { hubSpans = false }: OwnTargetOptions = {},
): Promise<OwnTarget> {
  const { controller, spawner, hubConfig, snapshot = EMBEDDED_SNAPSHOT } = plan;
  const measure = { spans: hubSpans, loopLag: true };
  const stack = await startStack({ ...io, controller, spawner, hubConfig, snapshotTag: snapshot, measure });
  const cleanup = new Cleanup();
  cleanup.add(async () => stack.stop());
  try {
    return await describe(stack, plan, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function describe(stack: Stack, plan: BenchPlan, cleanup: Cleanup): Promise<OwnTarget> {
  const { hub, controller, environment } = stack;
  const client = new HubClient({ url: hub.url, token: hub.apiToken });
  cleanup.add(async () => client.close());
  const { version } = await client.info();
  const connections = connectionsOf(stack, client, plan);
  const comparisons = await startComparisons(stack, plan, connections, cleanup);
  return {
    backend: recordBackend(plan.spawner, controller, version),
    pythonVersions: environment.versions,
    ports: connectPorts(connections),
    comparisons,
    ...(plan.memory && { memory: await findMemory(stack) }),
    browser: { hubUrl: hub.url, password: hub.password },
    ...{ connections, hub, controller },
    [Symbol.asyncDispose]: async () => cleanup.run(),
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
