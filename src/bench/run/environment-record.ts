import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';

import { z } from 'zod';

import type { EnvironmentRecord } from '../../record/run-record.ts';
import { clockTickMs } from '../../time/clock.ts';

const BYTES_PER_MIB = 1024 * 1024;

const packageSchema = z.object({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
});

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
  const own = await readPackage('..');
  const names = Object.keys(own?.dependencies ?? {});
  const versions = await Promise.all(
    names.map(async (name) => [name, (await readPackage(name))?.version ?? 'unknown'] as const),
  );
  return Object.fromEntries([['forkd-spawner', own?.version ?? 'unknown'], ...versions]);
}

async function readPackage(name: string): Promise<z.infer<typeof packageSchema> | undefined> {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) return undefined;
  return packageSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
}

/** Absent outside a clone: an installed package may lie in the repository of somebody else's project. */
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
