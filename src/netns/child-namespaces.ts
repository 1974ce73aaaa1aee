import { readdir } from 'node:fs/promises';

/** Where iproute2 keeps namespaces that have a name. */
const NAMED_NAMESPACES = '/run/netns';
const CHILD = /^forkd-child-(\d+)$/;

/** Those that forkd puts microVMs into, by their numbers. */
export async function childNamespaces(folder = NAMED_NAMESPACES): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => CHILD.test(name));
  return names.toSorted((a, b) => numberOf(a) - numberOf(b));
}

function numberOf(name: string): number {
  return Number(CHILD.exec(name)?.[1]);
}
