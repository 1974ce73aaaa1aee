import { basename } from 'node:path';

import { makeFolder } from '../../files/make-folder.ts';
import { findProgram } from '../../process/find-program.ts';
import { findEngine } from './container-engine.ts';
import { noProgram } from '../parent-faults.ts';
import type { DiskSource } from '../parent-plan.ts';
import { recipePackages } from './recipe.ts';
import { type Step, runStep } from './run-step.ts';

/** Mounts of what runs in it go with it, however it ends, and so do its processes. */
export const IN_NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

export interface TreeWork {
  /** The root disk's files. */
  readonly tree: string;
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

/** Fills an empty folder with an operating system. */
export async function makeTree(source: DiskSource, work: TreeWork): Promise<void> {
  if (source.kind === 'image') await exportImage(source.image, work);
  else await bootstrap(source, work);
}

async function bootstrap(
  { suite, mirror }: Extract<DiskSource, { kind: 'debian' }>,
  work: TreeWork,
): Promise<void> {
  const program = (await findProgram('mmdebstrap')) ?? (await findProgram('debootstrap'));
  if (program === undefined) throw noProgram(['mmdebstrap', 'debootstrap'], 'mmdebstrap');
  work.onProgress(`installing Debian ${suite} with ${basename(program)}`);
  const packages = (await recipePackages()).join(',');
  const mode = basename(program) === 'mmdebstrap' ? ['--mode=root'] : [];
  const args = [...mode, '--variant=minbase', `--include=${packages}`, suite, work.tree];
  await runStep({
    ...step(work, basename(program)),
    command: 'unshare',
    args: [...IN_NAMESPACES, program, ...args, ...(mirror === undefined ? [] : [mirror])],
    hint: `is ${mirror ?? "Debian's mirror"} reachable, and has it '${suite}'? --mirror and --suite name others`,
  });
}

async function exportImage(image: string, work: TreeWork): Promise<void> {
  const program = await findEngine(image, work.signal);
  work.onProgress(`copying the image ${image} with ${basename(program)}`);
  await makeFolder(work.tree);
  const script = [
    'set -eu',
    'container=$("$1" create "$2" true)',
    `trap '"$1" rm --force "$container" >/dev/null' EXIT`,
    '"$1" export "$container" | tar --extract --numeric-owner --directory "$3"',
  ].join('\n');
  await runStep({
    ...step(work, `${basename(program)} export`),
    command: 'bash',
    args: ['-o', 'pipefail', '-c', script, 'export', program, image, work.tree],
    hint: `does '${basename(program)} create ${image} true' work?`,
  });
}

function step({ tree, logFile, signal }: TreeWork, name: string): Omit<Step, 'command' | 'args'> {
  return { name, logFile, signal, folder: tree };
}
