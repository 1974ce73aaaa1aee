import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { messageOf } from '../../faults/caught-error.ts';
import { EnvironmentError } from '../../faults/errors.ts';
import { isAccessible } from '../../process/is-accessible.ts';
import { NAMESPACE_FOLDER } from '../../forkd/forkd-layout.ts';
import { findProgram } from '../../process/find-program.ts';
import { isRoot } from '../../process/is-root.ts';
import { LAY_OUT, type NamespacePair, namespacePair, REMOVE } from './layout-scripts.ts';

/** The network namespaces of a controller. */
export interface Namespaces {
  readonly pairs: readonly NamespacePair[];
  /** Removes them, and the bridge if nobody else is on it. No process may be in them. */
  close(): Promise<void>;
}

/** Rejects where this host or this user can't make network namespaces, and says what is missing. */
export async function checkNamespaces(): Promise<void> {
  if (!isRoot()) {
    throw new EnvironmentError('network namespaces need root', {
      hint: 'Run the controller as root (sudo), or without --netns.',
    });
  }
  const programs = [
    ['ip', await findProgram('ip'), 'iproute2'],
    ['flock', await findProgram('flock'), 'util-linux'],
    ['nft or iptables', await findProgram('nft', 'iptables'), 'nftables'],
  ] as const;
  for (const [name, path, package_] of programs) {
    if (path !== undefined) continue;
    throw new EnvironmentError(`network namespaces need ${name}, which is not in the PATH`, {
      hint: `Install it (Debian: apt install ${package_}), or run the controller without --netns.`,
    });
  }
}

/**
 * Makes `count` pairs in forkd's layout, under the lowest numbers that are free on this host. Their
 * numbers are in the file `record`, by which a crash clean-up finds them.
 */
export async function openNamespaces(count: number, record: string): Promise<Namespaces> {
  // There before anything else is: where it is missing, a clean-up has nothing to wait for.
  await writeFile(record, '');
  try {
    await runScript(LAY_OUT, String(count), record);
  } catch (cause) {
    await runScript(REMOVE, record);
    throw new EnvironmentError(`${count} network namespaces could not be made: ${messageOf(cause)}`, {
      hint: 'A container needs CAP_NET_ADMIN and CAP_SYS_ADMIN; or run the controller without --netns.',
      cause,
    });
  }
  const numbers = (await readFile(record, 'utf8')).trimEnd().split('\n').map(Number);
  const pairs = numbers.map(namespacePair);
  return { pairs, close: () => remove(record, pairs) };
}

async function remove(record: string, pairs: readonly NamespacePair[]): Promise<void> {
  await runScript(REMOVE, record);
  const names = pairs.flatMap(({ child, guest }) => [child, guest]);
  const exist = await Promise.all(names.map((name) => isAccessible(join(NAMESPACE_FOLDER, name))));
  const left = names.filter((_, index) => exist[index]);
  if (left.length > 0) throw new Error(`network namespaces are left: ${left.join(', ')}`);
}

/** Runs a shell script to its end; rejects with what it wrote to stderr when it fails. */
async function runScript(script: string, ...args: readonly string[]): Promise<void> {
  const child = spawn('/bin/sh', ['-c', script, 'forkd-netns', ...args], {
    cwd: '/',
    // A Ctrl-C is for the controller: half of a script would leave what nobody knows of.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (child.exitCode !== 0) throw new Error(stderr.trim() || 'the shell was ended');
}
