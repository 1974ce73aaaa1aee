import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CAN_HAVE_A_HOST, PrivateHost } from './private-host.ts';
import { builtCli } from '../helpers/built-cli.ts';

/** As forkd's scripts/netns-setup.sh lays a namespace out; a second one plays the microVM. */
const LAYOUT = (number: number): string => `
ip netns add forkd-child-${number}
ip netns add guest-${number}
ip link add forkd-v-${number}h type veth peer name veth0 netns forkd-child-${number}
ip link set forkd-v-${number}h master forkd-br0 up
ip -n forkd-child-${number} link set lo up
ip -n forkd-child-${number} addr add 10.43.0.${number + 1}/16 dev veth0
ip -n forkd-child-${number} link set veth0 up
ip -n forkd-child-${number} route add default via 10.43.0.1
ip -n forkd-child-${number} link add forkd-tap0 type veth peer name eth0 netns guest-${number}
ip -n forkd-child-${number} addr add 10.42.0.1/24 dev forkd-tap0
ip -n forkd-child-${number} link set forkd-tap0 up
ip -n guest-${number} addr add 10.42.0.2/24 dev eth0
ip -n guest-${number} link set eth0 up
ip -n guest-${number} route add default via 10.42.0.1
ip netns exec forkd-child-${number} sysctl -q -w net.ipv4.ip_forward=1
ip netns exec forkd-child-${number} nft '
  table ip nat {
    chain postrouting {
      type nat hook postrouting priority srcnat
      ip saddr 10.42.0.0/24 oifname "veth0" snat to 10.43.0.${number + 1}
    }
  }'
`;

const BRIDGE = `
ip link add forkd-br0 type bridge
ip addr add 10.43.0.1/16 dev forkd-br0
ip link set forkd-br0 up
`;

/** Answers one connection and ends, as does the program that asks. */
const SERVE = (text: string, port: number): string =>
  `import socket\ns = socket.create_server(("10.42.0.2", ${port}))\nprint("listening", flush=True)\nc, _ = s.accept()\nc.sendall(b"${text}")\nc.close()`;
const ASK =
  'import socket, sys\nprint(socket.create_connection((sys.argv[1], int(sys.argv[2])), 2).recv(100).decode())';

let host: PrivateHost;

async function network(command: string, ...flags: string[]): Promise<string> {
  return host.run(process.execPath, builtCli(), 'network', command, ...flags);
}

/** What the guest of this number answers to the host, or to another guest. */
async function reached(
  number: number,
  { by = '', port = 8000 }: { readonly by?: string; readonly port?: number } = {},
): Promise<string> {
  const guest = host.run(
    'ip',
    'netns',
    'exec',
    `guest-${number}`,
    'timeout',
    '10',
    'python3',
    '-c',
    SERVE(`guest ${number}`, port),
  );
  guest.catch(() => undefined);
  const isListening = async (): Promise<string> => host.shell(`ip netns exec guest-${number} ss -ltn`);
  await expect.poll(isListening, { timeout: 10_000 }).toContain(`10.42.0.2:${port}`);
  try {
    const asker = by === '' ? ['python3'] : ['ip', 'netns', 'exec', by, 'python3'];
    const [program, ...args] = [...asker, '-c', ASK, `10.43.0.${number + 1}`, `${port}`];
    return (await host.run(program, ...args)).trim();
  } finally {
    await host.shell(`ip netns pids guest-${number} | xargs -r kill || true`);
    await guest.catch(() => undefined);
  }
}

/** By its TCP, whether or not it could answer them. */
async function segmentsReceived(number: number): Promise<string> {
  return host.shell(`ip netns exec guest-${number} nstat -asz TcpInSegs`);
}

describe.skipIf(!CAN_HAVE_A_HOST)('network up, status, down', () => {
  beforeAll(async () => {
    host = await PrivateHost.make();
  });

  afterAll(async () => {
    await host.end();
  });

  it('says that there is no namespace of forkd’s', async () => {
    await expect(network('up')).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/no network namespace forkd-child-\*.*netns-setup\.sh/s),
    });
  });

  it('leads from the host to each guest, and back', async () => {
    await host.shell([BRIDGE, LAYOUT(1), LAYOUT(2)].join('\n'));
    await expect(reached(1)).rejects.toThrow();

    expect(await network('up')).toContain('10.43.0.2');

    expect(await reached(1)).toBe('guest 1');
    expect(await reached(2)).toBe('guest 2');
    expect(JSON.parse(await network('status', '--json'))).toEqual(
      [1, 2].map((number) => ({
        namespace: `forkd-child-${number}`,
        address: `10.43.0.${number + 1}`,
        hasRules: true,
        forwards: true,
      })),
    );
  });

  it('leads from no guest to another', async () => {
    await expect(reached(2, { by: 'guest-1' })).rejects.toThrow(/Connection refused|timed out/);
    // Nor from one that says that it is the host.
    await host.shell('ip -n guest-1 addr add 10.43.0.1/32 dev lo');
    await host.shell('ip netns exec guest-1 ip route change default via 10.42.0.1 src 10.43.0.1');
    const received = await segmentsReceived(2);
    await expect(reached(2, { by: 'guest-1' })).rejects.toThrow(/timed out/);
    expect(await segmentsReceived(2)).toBe(received);
    await host.shell('ip -n guest-1 route change default via 10.42.0.1');
    await host.shell('ip -n guest-1 addr del 10.43.0.1/32 dev lo');
  });

  it('leads nobody to an agent, which obeys whoever reaches it', async () => {
    await expect(reached(1, { port: 8888 })).rejects.toThrow(/Connection refused|timed out/);
  });

  it('can be asked again', async () => {
    await network('up');

    const rules = await host.shell('ip netns exec forkd-child-1 nft list ruleset');
    expect(rules.match(/dnat to 10\.42\.0\.2/g)).toHaveLength(1);
    expect(await reached(1)).toBe('guest 1');
  });

  it('removes its own rules and no others', async () => {
    await host.shell('ip netns exec forkd-child-1 nft add table ip of_somebody_else');

    expect(await network('down')).toContain('down');

    const rules = await host.shell('ip netns exec forkd-child-1 nft list ruleset');
    expect(rules).toContain('of_somebody_else');
    expect(rules).not.toContain('forkd_spawner');
    await expect(reached(1)).rejects.toThrow();
    await expect(network('status')).rejects.toMatchObject({ code: 3 });
    expect(await network('down')).toContain('down');
  });

  it('names a namespace into which nothing leads', async () => {
    await host.shell('ip netns add forkd-child-3');

    await expect(network('status')).rejects.toMatchObject({
      code: 3,
      stdout: expect.stringContaining("no veth0: run forkd's scripts/netns-setup.sh"),
    });
  });
});
