import { HubClient } from '../../hub/client/hub-client.ts';
import type { LocalHub } from '../../hub/local/local-hub.ts';
import type { Stack } from '../../hub/local/start-stack.ts';
import type { Cleanup } from '../../process/cleanup.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import type { ComparedHub } from './bench-target.ts';
import { connectHub, type Connections, connectPorts } from './connect-ports.ts';
import { BASELINE_BACKEND, portsHiddenBy, recordFloor } from './backend-record.ts';
import { FloorServers } from './floor-servers.ts';

/** Starts one hub for each comparison of the plan, beside the stack's own. */
export async function startComparisons(
  stack: Stack,
  { comparisons }: BenchPlan,
  sources: Pick<Connections, 'listSandboxes' | 'dataDir'>,
  cleanup: Cleanup,
): Promise<readonly ComparedHub[]> {
  const started: ComparedHub[] = [];
  for (const name of comparisons) {
    started.push(
      name === 'floor' ? await startFloor(stack, sources, cleanup) : await startBaseline(stack, cleanup),
    );
  }
  return started;
}

async function startFloor(
  stack: Stack,
  sources: Pick<Connections, 'listSandboxes' | 'dataDir'>,
  cleanup: Cleanup,
): Promise<ComparedHub> {
  const client = clientOf(await stack.startHub('floor'), cleanup);
  const { version } = await client.info();
  const servers = new FloorServers(client);
  cleanup.add(async () => servers.stop());
  return {
    name: 'floor',
    backend: recordFloor(stack.controller?.kind, version),
    ports: servers.ports(sources),
  };
}

async function startBaseline(stack: Stack, cleanup: Cleanup): Promise<ComparedHub> {
  const client = clientOf(await stack.startHub('simple'), cleanup);
  const { version } = await client.info();
  return {
    name: 'baseline',
    backend: { ...BASELINE_BACKEND, version },
    ports: connectPorts({ ...connectHub(client), ...portsHiddenBy('simple') }),
  };
}

function clientOf({ url, apiToken }: LocalHub, cleanup: Cleanup): HubClient {
  const client = new HubClient({ url, token: apiToken });
  cleanup.add(async () => client.close());
  return client;
}
