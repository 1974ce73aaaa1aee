import { readFile } from 'node:fs/promises';

const LISTEN = '0A';

/** `address:port` of every IPv4 socket that listens on one of `addresses`. Empty without /proc. */
export async function listeningPorts(addresses: ReadonlySet<string>): Promise<readonly string[]> {
  const table = await readFile('/proc/net/tcp', 'utf8').catch(() => '');
  return parseListening(table).filter((local) => addresses.has(local.replace(/:\d+$/, '')));
}

/** Reads the kernel's table: ` 0: 0100007F:1F40 00000000:0000 0A …`, addresses in host byte order. */
export function parseListening(table: string): readonly string[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTEN)
    .map(([, local = '']) => decodeAddress(local));
}

function decodeAddress(local: string): string {
  const [address = '', port = ''] = local.split(':');
  const octets = address.match(/../g)?.map((octet) => Number.parseInt(octet, 16)) ?? [];
  return `${octets.toReversed().join('.')}:${Number.parseInt(port, 16)}`;
}
