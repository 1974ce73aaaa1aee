import { execFile } from 'node:child_process';
import { access, readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { z } from 'zod';

import { checkNamespaces } from '../../src/embedded/namespaces/open-and-close.ts';

const ASK = fileURLToPath(new URL('programs/ask.ts', import.meta.url));

const run = promisify(execFile);

/** Whether this user may make network namespaces, and has the programs for it. */
export const CAN_MAKE_NAMESPACES = await checkNamespaces().then(
  () => true,
  () => false,
);

export async function ip(...args: readonly string[]): Promise<string> {
  return (await run('ip', args)).stdout;
}

const links = z.array(
  z.object({
    ifname: z.string(),
    addr_info: z.array(z.object({ family: z.string(), local: z.string(), prefixlen: z.int() })),
  }),
);

/** The IPv4 addresses of a namespace by interface, such as `10.42.0.2/24`. */
export async function addressesIn(namespace: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const found = links.parse(JSON.parse(await ip('-netns', namespace, '-json', 'address')));
  return Object.fromEntries(
    found.map(({ ifname, addr_info: addresses }) => [
      ifname,
      addresses.filter(({ family }) => family === 'inet').map((one) => `${one.local}/${one.prefixlen}`),
    ]),
  );
}

export async function defaultRouteIn(namespace: string): Promise<string | undefined> {
  return /default via (\S+)/.exec(await ip('-netns', namespace, 'route'))?.[1];
}

/** What an address answers to one line, asked from inside of a namespace. */
export async function askFrom(
  namespace: string,
  host: string,
  port: number | string,
  line = '',
): Promise<string> {
  return ip('netns', 'exec', namespace, process.execPath, ASK, host, String(port), line);
}

/** What a controller's namespaces have left on this host: namespaces and links. */
export async function tracesOf(children: readonly string[]): Promise<readonly string[]> {
  const numbers = children.map((name) => name.replace('forkd-child-', ''));
  const namespaces = numbers.flatMap((k) => [`forkd-child-${k}`, `forkd-guest-${k}`]);
  const [present, interfaces] = await Promise.all([namesIn('/run/netns'), namesIn('/sys/class/net')]);
  return [
    ...namespaces.filter((name) => present.includes(name)),
    ...numbers.map((k) => `forkd-v-${k}h`).filter((name) => interfaces.includes(name)),
  ];
}

/** A bridge that one of us has made and nobody is on. */
export async function isBridgeForgotten(): Promise<boolean> {
  const alias = await readFile('/sys/class/net/forkd-br0/ifalias', 'utf8').catch(() => '');
  return alias.includes('forkd-spawner') && (await namesIn('/sys/class/net/forkd-br0/brif')).length === 0;
}

/** A namespace of somebody else's, with the lowest of forkd's names that is free. */
export async function makeForeignNamespace(number = 1): Promise<string> {
  const name = `forkd-child-${number}`;
  return ip('netns', 'add', name).then(
    () => name,
    async (error: unknown) => {
      // Only a name that is taken is a reason to try the next.
      await access(`/run/netns/${name}`).catch(() => {
        throw error;
      });
      return makeForeignNamespace(number + 1);
    },
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
