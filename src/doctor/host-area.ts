import { constants, readFile } from 'node:fs/promises';
import { release, type } from 'node:os';

import { isAccessible } from '../process/is-accessible.ts';
import { isOnThisMachine } from '../bench/plan/flag-values.ts';
import { freeMib } from '../files/disk-space.ts';
import { temporaryFolder } from '../process/user-folders.ts';
import { type Area, type Finding, notChecked, notReady, ready } from './check.ts';
import type { Inspection } from './inspection.ts';

const KIB_PER_MIB = 1024;
/** The parent, the hub with its proxy and this client take about 500 MiB; a few users the rest. */
const NEEDED_MEMORY_MIB = 1024;
/** Logs, a database and the users' folders of a run. */
const NEEDED_DISK_MIB = 200;

export const HOST_AREA: Area = {
  name: 'host',
  checks: [
    { name: 'operating system', look: lookAtSystem },
    { name: 'Node.js', look: () => ready(process.version) },
    { name: 'free memory', look: lookAtMemory },
    { name: 'temporary folder', look: lookAtTemporaryFolder },
    { name: 'KVM', required: false, look: lookAtKvm },
  ],
};

async function lookAtSystem(): Promise<Finding> {
  const found = `${type()} ${release()}, ${process.arch}`;
  if (await isAccessible('/proc/self/stat', constants.R_OK)) return ready(found);
  return notReady(`${found}, without /proc`, 'use Linux: a machine, a VM or a container');
}

async function lookAtMemory(): Promise<Finding> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = /^MemAvailable:\s+(\d+)/m.exec(text)?.[1];
  if (kib === undefined) return notChecked('/proc/meminfo does not say');
  const mib = Math.round(Number(kib) / KIB_PER_MIB);
  if (mib >= NEEDED_MEMORY_MIB) return ready(`${mib} MiB`);
  return notReady(
    `${mib} MiB, less than ${NEEDED_MEMORY_MIB}`,
    'end what takes it: ps aux --sort=-rss | head',
  );
}

async function lookAtTemporaryFolder(): Promise<Finding> {
  const folder = temporaryFolder();
  if (!(await isAccessible(folder, constants.W_OK))) {
    return notReady(`${folder} cannot be written to`, 'export TMPDIR=/a/folder/of/yours');
  }
  const mib = await freeMib(folder);
  if (mib >= NEEDED_DISK_MIB) return ready(`${folder}, ${mib} MiB free`);
  return notReady(`${folder} has ${mib} MiB free, less than ${NEEDED_DISK_MIB}`, 'forkd-spawner clean');
}

/** Only a controller on this machine can be looked into. */
async function lookAtKvm({ isEmbedded, options }: Inspection): Promise<Finding> {
  if (isEmbedded) return notChecked('the embedded controller forks processes and needs none');
  if (!isOnThisMachine(options.controller)) return notChecked('the controller is on another machine');
  if (await isAccessible('/dev/kvm', constants.R_OK | constants.W_OK)) return ready('/dev/kvm can be opened');
  const there = await isAccessible('/dev/kvm', constants.F_OK);
  return there
    ? notReady('/dev/kvm may not be opened', 'sudo usermod -aG kvm "$USER", then log in again')
    : notReady(
        'there is no /dev/kvm',
        'sudo modprobe kvm_intel (or kvm_amd); in a VM, nested virtualisation',
      );
}
