import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';

import { z } from 'zod';

import { OWN_PACKAGE } from '../../files/own-package.ts';
import type { EnvironmentRecord } from '../../record/run-record.ts';
import { clockTickMs } from '../../time/clock.ts';

const BYTES_PER_MIB = 1024 * 1024;

const dependencySchema = z.object({ version: z.string() });

/** What a figure depends on besides the plan. `python` holds versions by package name. */
export async function recordEnvironment(
  python: Readonly<Record<string, string>>,
): Promise<EnvironmentRecord> {
  return {
    host: recordHost(),
    node: process.version,
    packages: await packageVersions(),
    python: { ...python },
    ...(await gitCommit()),
  };
}

function recordHost(): EnvironmentRecord['host'] {
  const [cpu] = cpus();
  return {
    cpuModel: cpu?.model.trim() ?? 'unknown',
    cores: Math.max(1, cpus().length),
    memoryMib: Math.round(totalmem() / BYTES_PER_MIB),
    kernel: `${type()} ${release()}`,
    loadAverage: loadavg(),
    clockTickMs: clockTickMs(),
  };
}

/** This package and its direct dependencies. */
async function packageVersions(): Promise<Record<string, string>> {
  const { version, dependencies } = OWN_PACKAGE;
  const versions = await Promise.all(
    Object.keys(dependencies).map(async (name) => [name, await installedVersion(name)] as const),
  );
  return Object.fromEntries([['forkd-spawner', version], ...versions]);
}

async function installedVersion(name: string): Promise<string> {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) return 'unknown';
  const { data } = dependencySchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
  return data?.version ?? 'unknown';
}

/**
 * The commit, which is absent outside a clone: an installed package may lie in somebody else's
 * repository.
 */
async function gitCommit(): Promise<Pick<EnvironmentRecord, 'gitCommit'>> {
  if (import.meta.dirname.includes('node_modules')) return {};
  const args = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  try {
    const { stdout } = await promisify(execFile)('git', args, { cwd: import.meta.dirname });
    return { gitCommit: stdout.trim() };
  } catch {
    return {};
  }
}
