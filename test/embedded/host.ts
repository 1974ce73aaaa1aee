import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';

/** Whether a process runs; one that only waits to be reaped doesn't. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !stat.includes(') Z ');
}

/** Whether anybody accepts connections at this address. */
export async function isListening(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: host ?? '', port: Number(port) });
  socket.once('connect', () => {
    resolve(true);
  });
  socket.once('error', () => {
    resolve(false);
  });
  return promise.finally(() => socket.destroy());
}

const MEMORY_CGROUPS = '/sys/fs/cgroup/memory';

/** The cgroups of a controller, wherever this machine's hierarchy is. */
export async function cgroupsOf(instance: string): Promise<readonly string[]> {
  const roots = [MEMORY_CGROUPS, '/sys/fs/cgroup'];
  const names = await Promise.all(roots.map((root) => readdir(root).catch(() => [])));
  return names.flat().filter((name) => name.includes(instance));
}
