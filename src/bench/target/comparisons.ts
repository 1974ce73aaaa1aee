import type { LocalHub } from '../../hub/local/local-hub.ts';
import { HubClient } from '../../hub/client/hub-client.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import type { Comparison } from '../../record/comparison.ts';
import type { Stack } from '../../hub/local/start-stack.ts';
import { BASELINE_BACKEND, describeFloor, portsHiddenBy } from './describe-backend.ts';
import type { BenchTarget } from './bench-target.ts';
import { connectHub } from './connect-hub.ts';
import { type Connections, connectPorts } from './connect-ports.ts';
import { FloorServers } from './floor-servers.ts';

/** What a run is compared with: a hub of its own, with another spawner. */
export interface Rival extends BenchTarget {
  readonly name: Comparison;
}

/** One hub for each comparison of the plan, beside the stack's own. */
export async function startRivals(
  stack: Stack,
  { comparisons }: BenchPlan,
  traces: Pick<Connections, 'listSandboxes' | 'dataDir'>,
): Promise<readonly Rival[]> {
  const rivals: Rival[] = [];
  for (const name of comparisons) {
    rivals.push(name === 'floor' ? await startFloor(stack, traces) : await startBaseline(stack));
  }
  return rivals;
}

async function startFloor(
  stack: Stack,
  traces: Pick<Connections, 'listSandboxes' | 'dataDir'>,
): Promise<Rival> {
  const client = clientOf(await stack.startHub('floor'));
  const { version } = await client.info();
  const servers = new FloorServers(client);
  return {
    name: 'floor',
    backend: describeFloor(stack.controller?.kind, version),
    connect: (observer) => servers.connect(observer, traces),
    stop: async () => {
      await servers.stop();
      await client.close();
    },
  };
}

async function startBaseline(stack: Stack): Promise<Rival> {
  const client = clientOf(await stack.startHub('simple'));
  const { version } = await client.info();
  const connections: Connections = {
    ...connectHub(client),
    ...portsHiddenBy('simple'),
  };
  return {
    name: 'baseline',
    backend: { ...BASELINE_BACKEND, version },
    connect: (observer) => connectPorts(connections, observer),
    stop: async () => client.close(),
  };
}

function clientOf({ url, apiToken }: LocalHub): HubClient {
  return new HubClient({ url, token: apiToken });
}
