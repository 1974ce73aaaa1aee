import type { Connections } from '../bench/target/connect-ports.ts';
import { RoundLeftovers } from '../bench/target/leftovers.ts';
import { messageOf } from '../faults/caught-error.ts';
import type { ControllerClient } from '../forkd/controller-client.ts';
import type { LocalHub } from '../hub/local/local-hub.ts';
import type { AcceptanceRecord, ExaminedUser } from '../record/acceptance-record.ts';
import { ExaminedServer } from './examined-server.ts';

/** All users have so many times what one is given: they start, are looked into, wait for the hub, and stop. */
const PATIENCE_TIMEOUTS = 4;

/** What is examined: a hub that can be killed, with a controller behind it. */
export interface ExaminedStack {
  readonly hub: Pick<LocalHub, 'crashAndRestart'>;
  readonly controller: Pick<ControllerClient, 'listSandboxes'>;
  readonly connections: Connections;
  /** After which a user is given up. */
  readonly timeoutMs: number;
}

/** Starts a server for each name, looks into all of them, kills the hub, and looks again. */
export async function examineStack(
  names: readonly string[],
  { hub, controller, connections, timeoutMs }: ExaminedStack,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<Pick<AcceptanceRecord, 'users' | 'leftovers'>> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_TIMEOUTS * timeoutMs)]);
  const leftovers = new RoundLeftovers(connections);
  await leftovers.before();
  await connections.hub.createUsers(names, ended);
  const servers = names.map((name, index) => new ExaminedServer(name, 100 * (index + 1), connections, ended));
  onProgress(`looking into ${names.length} servers at once`);
  const before = await examineAll(servers, controller);
  await leftovers.during(names);
  onProgress('killing the hub and starting it again');
  const failure = await hub.crashAndRestart().then(() => undefined, messageOf);
  const users = await Promise.all(before.map((found, index) => examineAgain(found, servers[index], failure)));
  await Promise.allSettled(names.map((name) => connections.hub.stopServer(name, ended)));
  return { users, leftovers: [...(await leftovers.find())] };
}

async function examineAll(
  servers: readonly ExaminedServer[],
  controller: ExaminedStack['controller'],
): Promise<readonly ExaminedUser[]> {
  const tagOf = async (sandboxId: string): Promise<string | undefined> =>
    (await controller.listSandboxes()).find(({ id }) => id === sandboxId)?.snapshot_tag;
  return Promise.all(
    servers.map(async (server) => {
      try {
        await server.start();
        return await server.examine(tagOf);
      } catch (cause) {
        return { user: server.user, error: messageOf(cause) };
      }
    }),
  );
}

async function examineAgain(
  found: ExaminedUser,
  server: ExaminedServer | undefined,
  failure: string | undefined,
): Promise<ExaminedUser> {
  if (server === undefined || found.error !== undefined) return found;
  if (failure !== undefined) return { ...found, error: `the hub did not come back: ${failure}` };
  return { ...found, restart: await server.examineAgain() };
}
