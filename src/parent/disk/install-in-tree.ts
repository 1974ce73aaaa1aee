import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { z } from 'zod';

import { environmentVariable } from '../../process/environment-variable.ts';
import { copyOwnDistribution } from '../../python/own-wheel.ts';
import { pythonFile } from '../../python/python-files.ts';
import { recipeFile } from './recipe.ts';
import { runStep } from './run-step.ts';
import { IN_NAMESPACES, type TreeWork } from './tree.ts';

/** Where what the recipe's script needs is while it runs; gone afterwards. */
const HANDED_IN = 'build';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

const versionsSchema = z.record(z.string(), z.string());

const STEPS = [
  { name: 'packages', what: 'installing JupyterHub, JupyterLab, ipykernel, numpy and the recipe’s packages' },
  { name: 'guest', what: 'installing the guest' },
  { name: 'finish', what: 'compiling and finishing the root disk' },
] as const;

/**
 * Installs Python's packages and the guest into a tree (recipes/jupyter/install.sh); returns the
 * versions of what is in it.
 */
export async function installInTree(
  work: TreeWork,
  requirements: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const folder = join(work.tree, HANDED_IN);
  await handIn(folder, requirements);
  await provideNetwork(work.tree, folder);
  for (const step of STEPS) {
    work.onProgress(step.what);
    await runScript(work, step.name);
  }
  const versions = versionsSchema.parse(JSON.parse(await readFile(join(folder, 'versions.json'), 'utf8')));
  await rm(folder, { recursive: true });
  return versions;
}

async function handIn(folder: string, requirements: readonly string[]): Promise<void> {
  await mkdir(join(folder, 'requirements'), { recursive: true });
  await mkdir(join(folder, 'guest'));
  await copyFile(pythonFile('requirements.lock'), join(folder, 'requirements.lock'));
  await copyFile(recipeFile('init'), join(folder, 'init'));
  await copyFile(recipeFile('install.sh'), join(folder, 'install.sh'));
  const files = [recipeFile('requirements.txt'), ...requirements];
  for (const [index, file] of files.entries()) {
    const name = `${String(index).padStart(2, '0')}-${basename(file, '.txt')}.txt`;
    await copyFile(file, join(folder, 'requirements', name));
  }
  await copyOwnDistribution(join(folder, 'guest'));
}

/** The host's name servers and authorities, as pip in the tree can't see the host's own. */
async function provideNetwork(tree: string, folder: string): Promise<void> {
  // It may be a link into a /run that the tree has not.
  await rm(join(tree, 'etc', 'resolv.conf'), { force: true });
  await copyFile('/etc/resolv.conf', join(tree, 'etc', 'resolv.conf'));
  const certificates =
    environmentVariable('PIP_CERT') ?? environmentVariable('SSL_CERT_FILE') ?? CERTIFICATES;
  await copyFile(certificates, join(folder, 'certificates.pem')).catch(() => undefined);
}

async function runScript(work: TreeWork, step: string): Promise<void> {
  await runStep({
    name: `installing in the root disk (${step})`,
    command: 'unshare',
    args: [...IN_NAMESPACES, `--root=${work.tree}`, '/bin/sh', `/${HANDED_IN}/install.sh`, step],
    logFile: work.logFile,
    folder: work.tree,
    env: treeEnvironment(process.env),
    signal: work.signal,
    hint: 'does each requirements file install with pip by itself? behind a proxy or mirror, set PIP_INDEX_URL or HTTPS_PROXY',
  });
}

/** The host's settings for pip and proxies, without what are paths of the host. */
export function treeEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(
    ([name, value]) => /^(PIP_|(HTTPS?|NO|ALL)_PROXY$)/i.test(name) && value?.startsWith('/') !== true,
  );
  return {
    ...Object.fromEntries(kept),
    ...{
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      HOME: '/root',
    },
    ...{ PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', PIP_ROOT_USER_ACTION: 'ignore' },
  };
}
