import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { NAMESPACE_FOLDER } from './forkd-layout.ts';

const CHILD = /^forkd-child-(\d+)$/;

/** The namespaces that forkd puts microVMs into, by their numbers. */
export async function childNamespaces(folder = NAMESPACE_FOLDER): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => CHILD.test(name));
  return names.toSorted((a, b) => numberOf(a) - numberOf(b));
}

/**
 * The namespaces' names by what `/proc/PID/ns/net` leads to, so that it can be told which one a
 * process is in.
 */
export async function namespacesByIdentity(folder = NAMESPACE_FOLDER): Promise<ReadonlyMap<string, string>> {
  const names = await childNamespaces(folder);
  const entries = names.map(async (name) => [`net:[${(await stat(join(folder, name))).ino}]`, name] as const);
  return new Map(await Promise.all(entries));
}

function numberOf(name: string): number {
  return Number(CHILD.exec(name)?.[1]);
}
